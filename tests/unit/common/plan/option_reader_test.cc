#include "common/plan/option_reader.h"

#include "common/plan/duration_text.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class OptionReaderTest : public testing::Test {
 protected:
  OptionReader With(const std::string& value) {
    table_.options["x"] = value;
    return OptionReader(table_);
  }
  TableDescription table_{.name = "clicks"};
};

TEST_F(OptionReaderTest, AnOptionThatIsNotSetHasItsDefault) {
  const OptionReader reader(table_);
  EXPECT_EQ(reader.Text("x", "otherwise"), "otherwise");
  EXPECT_THAT(reader.Integer("x", 7), IsOkAndHolds(7));
  EXPECT_THAT(reader.Boolean("x", true), IsOkAndHolds(true));
  EXPECT_THAT(reader.DurationMs("x", 5), IsOkAndHolds(5));
  EXPECT_THAT(reader.Bytes("x", 200), IsOkAndHolds(200));
}

TEST_F(OptionReaderTest, ReadsValuesOfEveryType) {
  EXPECT_THAT(With("-12").Integer("x", 0), IsOkAndHolds(-12));
  EXPECT_THAT(With("0.25").Number("x", 0), IsOkAndHolds(0.25));
  EXPECT_THAT(With("TRUE").Boolean("x", false), IsOkAndHolds(true));
  EXPECT_THAT(With("2 min").DurationMs("x", 0), IsOkAndHolds(120'000));
  EXPECT_THAT(With("200b").Bytes("x", 0), IsOkAndHolds(200));
  EXPECT_THAT(With("4 kb").Bytes("x", 0), IsOkAndHolds(4096));
  EXPECT_THAT(With("128 MB").Bytes("x", 0), IsOkAndHolds(int64_t{128} << 20));
}

TEST_F(OptionReaderTest, AWrongValueIsNamedWithItsTableAndWhatItTakes) {
  const auto wrong = [](const char* value, const char* why) {
    return StatusIs(
        absl::StatusCode::kInvalidArgument,
        AllOf(HasSubstr("table clicks: 'x' = '" + std::string(value) + "'"), HasSubstr(why)));
  };
  EXPECT_THAT(With("many").Integer("x", 0), wrong("many", "whole number"));
  EXPECT_THAT(With("0").IntegerFrom(1, "x", 5), wrong("0", "at least 1"));
  EXPECT_THAT(With("nan").Number("x", 0), wrong("nan", "number"));
  EXPECT_THAT(With("yes").Boolean("x", false), wrong("yes", "'true' or 'false'"));
  EXPECT_THAT(With("5 apples").DurationMs("x", 0), wrong("5 apples", "'1 s'"));
  EXPECT_THAT(With("MB").Bytes("x", 0), wrong("MB", "'128 MB'"));
  EXPECT_THAT(With("99999999999 gb").Bytes("x", 0), wrong("99999999999 gb", "'128 MB'"));
}

TEST(DurationTextTest, ReadsFlinksUnitsAndSumsOfThem) {
  EXPECT_THAT(ParseDurationMs("1 s"), IsOkAndHolds(1000));
  EXPECT_THAT(ParseDurationMs("500ms"), IsOkAndHolds(500));
  EXPECT_THAT(ParseDurationMs("250"), IsOkAndHolds(250));
  EXPECT_THAT(ParseDurationMs(" 1 h 30 min "), IsOkAndHolds(5'400'000));
  EXPECT_THAT(ParseDurationMs("1 day"), IsOkAndHolds(86'400'000));
}

TEST(DurationTextTest, RefusesWhatIsNoDuration) {
  for (const char* text : {"", " ", "s", "1 parsec", "-1 s", "1.5 s", "9999999999999 d"}) {
    EXPECT_FALSE(ParseDurationMs(text).ok()) << text;
  }
}

}  // namespace
}  // namespace millrace
