#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/harness/status_matchers.h"
#include "tests/unit/common/expr/evaluation.h"

namespace millrace {
namespace {

const char kMoment[] = "2024-02-29 13:45:59.123";  // A Thursday.

TEST(TemporalTest, ExtractsParts) {
  const auto part = [](const char* unit) {
    return Evaluated("extract", {Fixed(unit), Ts(kMoment)});
  };
  EXPECT_EQ(part("YEAR"), "2024");
  EXPECT_EQ(part("quarter"), "1");
  EXPECT_EQ(part("MONTH"), "2");
  EXPECT_EQ(part("WEEK"), "9");
  EXPECT_EQ(part("DAY"), "29");
  EXPECT_EQ(part("DOY"), "60");
  EXPECT_EQ(part("DOW"), "5");
  EXPECT_EQ(part("ISODOW"), "4");
  EXPECT_EQ(part("HOUR"), "13");
  EXPECT_EQ(part("MINUTE"), "45");
  EXPECT_EQ(part("SECOND"), "59");
  EXPECT_EQ(part("MILLISECOND"), "123");
  EXPECT_EQ(part("MICROSECOND"), "123000");
  EXPECT_EQ(part("NANOSECOND"), "123000000");
  EXPECT_EQ(part("DECADE"), "202");
  EXPECT_EQ(part("CENTURY"), "21");
  EXPECT_EQ(part("EPOCH"), "1709214359");
  EXPECT_EQ(part("FORTNIGHT").substr(0, 39), "bind error: FORTNIGHT is no unit of tim");
}

TEST(TemporalTest, WeeksBelongToTheYearOfTheirThursday) {
  CheckAll({{"week", {Day("2021-01-03")}, "53"},
            {"week", {Day("2021-01-04")}, "1"},
            {"week", {Day("2024-12-30")}, "1"},
            {"extract", {Fixed("ISOYEAR"), Day("2024-12-30")}, "2025"},
            {"year", {Day("2024-12-30")}, "2024"}});
}

TEST(TemporalTest, ShortFormsAndOtherTypes) {
  CheckAll({{"hour", {Ts(kMoment, 6)}, "13"},
            {"minute", {Clock("12:34:56")}, "34"},
            {"dayofweek", {Day("1969-12-28")}, "1"},
            {"dayofmonth", {Ts("1969-12-31 23:59:59.999")}, "31"},
            {"second", {Ts("1969-12-31 23:59:59.999")}, "59"}});
}

TEST(TemporalTest, FloorsAndCeilsToAUnit) {
  CheckAll({{"floor", {Ts(kMoment), Fixed("HOUR")}, "2024-02-29 13:00:00.000"},
            {"ceil", {Ts(kMoment), Fixed("HOUR")}, "2024-02-29 14:00:00.000"},
            {"floor", {Ts(kMoment), Fixed("WEEK")}, "2024-02-25 00:00:00.000"},
            {"floor", {Ts(kMoment), Fixed("QUARTER")}, "2024-01-01 00:00:00.000"},
            {"ceil", {Ts(kMoment), Fixed("MONTH")}, "2024-03-01 00:00:00.000"},
            {"ceil", {Ts("2024-03-01"), Fixed("MONTH")}, "2024-03-01 00:00:00.000"},
            {"floor", {Day("2024-02-29"), Fixed("YEAR")}, "2024-01-01"},
            {"floor", {Ts("1969-12-31 23:59:59.999"), Fixed("DAY")}, "1969-12-31 00:00:00.000"},
            {"ceil", {Ts("2024-02-29 23:59:59.999"), Fixed("SECOND")}, "2024-03-01 00:00:00.000"}});
}

TEST(TemporalTest, TheEndsOfTimeWrapAroundAsInJava) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  CheckAll({{"extract", {Fixed("HOUR"), Millis(kLeast)}, "-7"},
            {"extract", {Fixed("MILLISECOND"), Millis(kLeast)}, "-808"},
            {"to_timestamp_ltz", {L(kLeast)}, "-292275055-05-16 16:47:04.192"},
            {"to_timestamp_ltz", {L(kMost)}, "292278994-08-17 07:12:55.807"}});
  // Months beyond the last one: some time, not undefined behaviour.
  const auto last = BindCall("to_timestamp_ltz", {Expression::BigInt(kMost)});
  ASSERT_TRUE(last.ok()) << last.status();
  const auto moved = BindCall("timestampadd",
                              {Expression::String("MONTH"), Expression::Int(2'000'000'000), *last});
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_TRUE(EvaluateConstant(*moved).ok());
}

TEST(TemporalTest, AddsAndSubtractsInUnits) {
  CheckAll(
      {{"timestampadd", {Fixed("DAY"), I(1), Ts(kMoment)}, "2024-03-01 13:45:59.123"},
       {"timestampadd", {Fixed("MONTH"), I(12), Day("2024-02-29")}, "2025-02-28"},
       {"timestampadd", {Fixed("HOUR"), I(-1), Day("2024-03-01")}, "2024-02-29 23:00:00.000000"},
       {"timestampdiff", {Fixed("DAY"), Day("2024-02-28"), Day("2024-03-01")}, "2"},
       {"timestampdiff", {Fixed("HOUR"), Ts("2024-01-01 01:30:00"), Ts("2024-01-01")}, "-1"},
       {"timestampdiff", {Fixed("MONTH"), Day("2024-01-31"), Day("2024-02-29")}, "1"},
       {"timestampdiff", {Fixed("MONTH"), Ts("2024-01-15"), Ts("2024-02-14 23:00:00")}, "0"},
       {"timestampdiff", {Fixed("YEAR"), Day("2024-06-01"), Day("2020-06-02")}, "-3"},
       {"timestampdiff", {Fixed("SECOND"), Ts(kMoment), Ts("2024-02-29 13:46:00", 6)}, "0"}});
}

TEST(DateFormatTest, FormatsWithJavasPatterns) {
  const auto format = [](const char* pattern) {
    return Evaluated("date_format", {Ts(kMoment), S(pattern)});
  };
  EXPECT_EQ(format("yyyy-MM-dd HH:mm:ss.SSS"), "2024-02-29 13:45:59.123");
  EXPECT_EQ(format("yyyyMMdd"), "20240229");
  EXPECT_EQ(format("d/M/yy h:mm a"), "29/2/24 1:45 PM");
  EXPECT_EQ(format("EEE, dd MMM yyyy"), "Thu, 29 Feb 2024");
  EXPECT_EQ(format("EEEE d MMMM"), "Thursday 29 February");
  EXPECT_EQ(format("yyyy'T'HH 'o''clock'").substr(0, 7), "2024T13");
  EXPECT_EQ(Evaluated("date_format", {S("2024-02-29 13:45:59"), S("HH:mm")}), "13:45");
  EXPECT_EQ(Evaluated("date_format", {S("no date"), S("HH:mm")}), "NULL");
}

TEST(DateFormatTest, RefusesPatternsItDoesNotKnow) {
  EXPECT_EQ(
      Evaluated("date_format", {Ts(kMoment), Fixed("yyyy XXX")}),
      "bind error: DATE_FORMAT has no time zone to show, but the pattern \"yyyy XXX\" asks for "
      "it");
  EXPECT_EQ(Evaluated("date_format", {Ts(kMoment), Fixed("yyyy aa")}),
            "bind error: the date pattern \"yyyy aa\" has too many pattern letters: a");
  EXPECT_EQ(Evaluated("date_format", {Ts(kMoment), Fixed("yyyy 'open")}),
            "bind error: the date pattern \"yyyy 'open\" has an open apostrophe");
}

TEST(DateFormatTest, SectionsWithinEachOtherHaveALimit) {
  const std::string deep(100, '[');
  EXPECT_EQ(Evaluated("date_format", {Ts(kMoment), S(deep + "yyyy")}), "2024");
  EXPECT_EQ(Evaluated("to_timestamp", {S("2024"), S(deep + "yyyy")}), "2024-01-01 00:00:00.000");
  const std::string bottomless(1'000'000, '[');
  const std::string refused = Evaluated("date_format", {Ts(kMoment), S(bottomless)});
  EXPECT_EQ(refused.substr(refused.rfind('"')), "\" has too many sections within each other");
}

TEST(DateFormatTest, ParsesWithJavasPatterns) {
  CheckAll(
      {{"to_timestamp", {S("2024-02-29 13:45:59")}, "2024-02-29 13:45:59.000"},
       {"to_timestamp", {S("29.02.2024 13h"), S("dd.MM.yyyy HH'h'")}, "2024-02-29 13:00:00.000"},
       {"to_timestamp",
        {S("20240229134559123"), S("yyyyMMddHHmmssSSS")},
        "2024-02-29 13:45:59.123"},
       {"to_timestamp",
        {S("29 Feb 24 01:05 PM"), S("dd MMM yy hh:mm a")},
        "2024-02-29 13:05:00.000"},
       {"to_timestamp", {S("29 feb 24"), S("dd MMM yy")}, "NULL"},
       {"to_timestamp", {S("2023-02-29"), S("yyyy-MM-dd")}, "2023-02-28 00:00:00.000"},
       {"to_timestamp", {S("2023-02-32"), S("yyyy-MM-dd")}, "NULL"},
       {"to_timestamp", {S("86399999"), S("A")}, "1970-01-01 23:59:59.999"},
       {"to_timestamp", {S("86400000"), S("A")}, "NULL"},
       {"to_timestamp", {S("999999999999999999"), S("A")}, "NULL"},
       {"to_timestamp", {S("86400000000000"), S("N")}, "NULL"},
       {"to_timestamp", {S("garbage")}, "NULL"},
       {"to_date", {S("29/02/2024"), S("dd/MM/yyyy")}, "2024-02-29"},
       {"to_date", {S("2024-02-29")}, "2024-02-29"},
       {"unix_timestamp", {S("1970-01-02 00:00:00")}, "86400"},
       {"from_unixtime", {L(86400)}, "1970-01-02 00:00:00"},
       {"unix_timestamp", {S("garbage")}, "-9223372036854775808"},
       {"to_date", {S("2024-02-30"), S("yyyy-MM-dd")}, "2024-03-01"},
       {"from_unixtime", {L(0), S("yyyy")}, "1970"},
       {"from_unixtime", {L(0), S("u EEE z"), Fixed("Asia/Tokyo")}, "4 Thu JST"},
       {"convert_tz",
        {S("2024-07-01 12:00:00"), Fixed("America/New_York"), Fixed("Asia/Tokyo")},
        "2024-07-02 01:00:00"},
       {"convert_tz", {S("garbage"), Fixed("UTC"), Fixed("UTC")}, "NULL"}});
}

TEST(DateFormatTest, NumbersBecomeTimestampsBySecondsOrMilliseconds) {
  const Arg seconds{DataType::Int(), 0, true};
  const Arg millis{DataType::Int(), 3, true};
  const Arg micros{DataType::Int(), 6, true};
  CheckAll({{"to_timestamp_ltz", {L(1), seconds}, "1970-01-01 00:00:01.000"},
            {"to_timestamp_ltz", {L(1), millis}, "1970-01-01 00:00:00.001"},
            {"to_timestamp_ltz", {L(1)}, "1970-01-01 00:00:00.001"}});
  EXPECT_EQ(Evaluated("to_timestamp_ltz", {L(1), micros}),
            "bind error: TO_TIMESTAMP_LTZ(1, 6): the precision must be 0 (seconds) or 3 "
            "(milliseconds)");
}

}  // namespace
}  // namespace millrace
