#include "common/columnar/data_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow/type.h"
#include "common/columnar/schema.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

TEST(DataTypeTest, EveryTypePrintsInAFormThatReadsBack) {
  for (const char* text : {"BOOLEAN",
                           "TINYINT",
                           "SMALLINT",
                           "INT",
                           "BIGINT",
                           "FLOAT",
                           "DOUBLE",
                           "DECIMAL(10, 2)",
                           "DECIMAL(38, 38)",
                           "CHAR(3)",
                           "VARCHAR(20)",
                           "STRING",
                           "BINARY(4)",
                           "VARBINARY(9)",
                           "BYTES",
                           "DATE",
                           "TIME(0)",
                           "TIME(3)",
                           "TIMESTAMP(0)",
                           "TIMESTAMP(3)",
                           "TIMESTAMP(6)",
                           "TIMESTAMP_LTZ(3)",
                           "INTERVAL YEAR TO MONTH",
                           "INTERVAL DAY TO SECOND",
                           "ARRAY<INT>",
                           "MAP<STRING, BIGINT>",
                           "ROW<a INT, b STRING>",
                           "ROW<`a b` INT NOT NULL>",
                           "ARRAY<ROW<a INT, b MAP<STRING, DECIMAL(5, 1)>>> NOT NULL",
                           "BIGINT NOT NULL"}) {
    ASSERT_OK_AND_ASSIGN(const DataType type, DataType::Parse(text));
    EXPECT_EQ(type.ToString(), text);
    ASSERT_OK_AND_ASSIGN(const DataType again, DataType::Parse(type.ToString()));
    EXPECT_EQ(again, type) << text;
  }
}

TEST(DataTypeTest, ReadsTheOtherSpellingsOfSql) {
  const std::pair<const char*, const char*> spellings[] = {
      {"integer", "INT"},
      {"varchar(2147483647)", "STRING"},
      {"varbinary(2147483647)", "BYTES"},
      {"numeric(5)", "DECIMAL(5, 0)"},
      {"dec(5,1)", "DECIMAL(5, 1)"},
      {"decimal", "DECIMAL(10, 0)"},
      {"double precision", "DOUBLE"},
      {"timestamp", "TIMESTAMP(6)"},
      {"timestamp(3) without time zone", "TIMESTAMP(3)"},
      {"timestamp(3) with local time zone", "TIMESTAMP_LTZ(3)"},
      {"row(a int, b string)", "ROW<a INT, b STRING>"},
  };
  for (const auto& [text, printed] : spellings) {
    ASSERT_OK_AND_ASSIGN(const DataType type, DataType::Parse(text));
    EXPECT_EQ(type.ToString(), printed);
  }
}

TEST(DataTypeTest, SaysWhatIsWrongWithAText) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"", "type"},           {"BIGINTT", "BIGINT"},  {"DECIMAL(39, 0)", "38"},
      {"DECIMAL(3, 4)", "4"}, {"TIMESTAMP(10)", "9"}, {"ARRAY<INT", ">"},
      {"INT INT", "INT"},     {"MAP<INT>", ","},      {"CHAR(0)", "1"},
  };
  for (const auto& [text, part] : mistakes) {
    EXPECT_THAT(DataType::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(part)))
        << text;
  }
}

TEST(DataTypeTest, TimestampsAreMillisecondsUpToThreeDigitsAndMicrosecondsBeyond) {
  EXPECT_TRUE(DataType::Timestamp(3).ToArrow()->Equals(*arrow::timestamp(arrow::TimeUnit::MILLI)));
  EXPECT_TRUE(DataType::Timestamp(6).ToArrow()->Equals(*arrow::timestamp(arrow::TimeUnit::MICRO)));
  EXPECT_TRUE(DataType::TimestampLtz(3).ToArrow()->Equals(
      *arrow::timestamp(arrow::TimeUnit::MILLI, "UTC")));
}

TEST(DataTypeTest, NotNullChangesTheTypeButNotHowItIsHeld) {
  const DataType not_null = DataType::BigInt().WithNullable(false);
  EXPECT_NE(not_null, DataType::BigInt());
  EXPECT_TRUE(not_null.ToArrow()->Equals(*DataType::BigInt().ToArrow()));
}

TEST(SchemaTest, FindsAColumnByItsExactName) {
  const Schema schema{{"a", DataType::Int()}, {"A", DataType::String()}};
  EXPECT_EQ(schema.Find("A"), 1);
  EXPECT_EQ(schema.Find("b"), std::nullopt);
  EXPECT_EQ(schema.ToString(), "(a INT, A STRING)");
}

}  // namespace
}  // namespace millrace
