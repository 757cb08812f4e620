// Values as text, and text as dates and times.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/columnar/calendar.h"
#include "common/columnar/temporal_parse.h"
#include "common/columnar/value_format.h"
#include "tests/harness/rows.h"

namespace millrace {
namespace {

using testing::ElementsAre;

std::vector<std::string> Sql(const DataType& type, const std::vector<Value>& values) {
  const auto column = MakeColumn(type, values);
  std::vector<std::string> texts;
  for (int64_t i = 0; i < column->length(); ++i)
    AppendSqlValue(type, *column, i, texts.emplace_back());
  return texts;
}

std::vector<std::string> Java(const DataType& type, const std::vector<Value>& values) {
  return ValueStrings(type, *MakeColumn(type, values));
}

TEST(ValueFormatTest, ARowPrintsAsFlinkPrintsIt) {
  const Schema schema{
      {"a", DataType::Int()}, {"b", DataType::String()}, {"c", DataType::Boolean()}};
  EXPECT_THAT(
      RowStrings(schema, MakeBatch(schema, {{1, "abc", true}, {nullptr, nullptr, nullptr}})),
      ElementsAre("+I[1, abc, true]", "+I[null, null, null]"));
}

TEST(ValueFormatTest, TimestampsHaveAsManyDigitsAsTheyNeedInJavaAndTheirPrecisionInSql) {
  const DataType type = DataType::Timestamp(3);
  const std::vector<Value> values = {"2024-01-01 12:00:00", "2024-01-01 12:00:05",
                                     "2024-01-01 12:00:05.120", "1969-12-31 23:59:59.999"};
  EXPECT_THAT(Java(type, values),
              ElementsAre("2024-01-01T12:00", "2024-01-01T12:00:05", "2024-01-01T12:00:05.120",
                          "1969-12-31T23:59:59.999"));
  EXPECT_THAT(Sql(type, values), ElementsAre("2024-01-01 12:00:00.000", "2024-01-01 12:00:05.000",
                                             "2024-01-01 12:00:05.120", "1969-12-31 23:59:59.999"));
}

TEST(ValueFormatTest, DoublesPrintAsJavaPrintsThem) {
  EXPECT_THAT(Java(DataType::Double(), {1.0, 0.001, 1e7, 1.5e-5, -0.0, 123456.75}),
              ElementsAre("1.0", "0.001", "1.0E7", "1.5E-5", "-0.0", "123456.75"));
}

TEST(ValueFormatTest, DecimalsHaveAllDigitsOfTheirScaleAndNoExponent) {
  EXPECT_THAT(Java(DataType::Decimal(10, 8), {"0.00000001", "-0.5", "0", "12.3"}),
              ElementsAre("0.00000001", "-0.50000000", "0.00000000", "12.30000000"));
  EXPECT_THAT(Java(DataType::Decimal(38, 0), {"-99999999999999999999999999999999999999"}),
              ElementsAre("-99999999999999999999999999999999999999"));
}

TEST(ValueFormatTest, NestedValues) {
  EXPECT_THAT(Java(DataType::Array(DataType::Int()), {{1, nullptr}}), ElementsAre("[1, null]"));
  EXPECT_THAT(Java(DataType::Map(DataType::String(), DataType::Int()), {{{"k", 1}}}),
              ElementsAre("{k=1}"));
  const DataType row = DataType::Row({"a", "b"}, {DataType::Int(), DataType::String()});
  EXPECT_THAT(Java(row, {{1, "x"}}), ElementsAre("+I[1, x]"));
  EXPECT_THAT(Sql(row, {{1, "x"}}), ElementsAre("(1, x)"));
}

TEST(CalendarTest, EveryDayOfFourCenturiesComesBack) {
  for (int64_t days = -146'097; days <= 146'097; days += 7) {
    const CivilDate date = CivilOfDays(days);
    ASSERT_EQ(DaysOfCivil(date), days);
    ASSERT_LE(date.day, DaysInMonth(date.year, date.month));
  }
}

TEST(TemporalParseTest, ReadsWhatFlinkReads) {
  EXPECT_EQ(ParseDate("2024-02-29"), DaysOfCivil({2024, 2, 29}));
  EXPECT_EQ(ParseDate("1970-1-2"), 1);
  EXPECT_EQ(ParseTimeOfDay("00:00:01.5"), 1'500'000);
  const auto zoned = ParseTimestamp("1970-01-01T02:00:00+02:00");
  ASSERT_TRUE(zoned.has_value());
  EXPECT_TRUE(zoned->zoned);
  EXPECT_EQ(zoned->InUnitOf(3), 0);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00.123456")->InUnitOf(3), 123);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00.123456")->InUnitOf(6), 123456);
}

TEST(TemporalParseTest, RefusesWhatIsNotInTheCalendar) {
  for (const char* text :
       {"2023-02-29", "2024-13-01", "2024-00-01", "2024-01-32", "", "x", "2024"}) {
    EXPECT_EQ(ParseDate(text), std::nullopt) << text;
  }
  for (const char* text : {"2024-01-01 24:00:00", "2024-01-01 12:60:00", "2024-01-01 12:00:00 ",
                           "2024-01-01X12:00:00", "2024-01-01 12:00:00.+02:00"}) {
    EXPECT_FALSE(ParseTimestamp(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace millrace
