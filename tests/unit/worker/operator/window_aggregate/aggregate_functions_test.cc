// What the aggregate functions give: types, NULLs, FILTER, overflow.
#include <gmock/gmock.h>

#include <string>
#include <tuple>
#include <vector>

#include "tests/unit/worker/operator/window_aggregate/window_driver.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr AggregateFunction kSum = AggregateFunction::kSum;
constexpr AggregateFunction kMin = AggregateFunction::kMin;
constexpr AggregateFunction kMax = AggregateFunction::kMax;
constexpr AggregateFunction kAvg = AggregateFunction::kAvg;

// The results of `calls` over `values`, all of one window, as `print` shows them; each value comes
// in a batch of its own if `one_by_one`, so that state is merged and not only folded.
std::string Aggregate(const DataType& type, const std::vector<AggregateCall>& calls,
                      const std::vector<Value>& values, bool one_by_one) {
  WindowDriver window(
      {.input = {{"at", DataType::Timestamp(3)}, {"x", type}, {"f", DataType::Boolean()}},
       .calls = calls});
  std::vector<RowValues> rows;
  for (const Value& value : values) {
    rows.push_back({"1970-01-01 00:00:03", value, nullptr});
    if (!one_by_one) continue;
    window.Input(rows);
    rows.clear();
  }
  if (!rows.empty()) window.Input(rows);
  window.Watermark("00:00:10");
  const auto results = window.Rows();
  if (results.size() != 1) return absl::StrCat(results.size(), " rows");
  return results[0].substr(3, results[0].find(", 1970-01-01T00:00,") - 3);
}

struct FunctionCase {
  const char* type;
  AggregateFunction function;
  const char* result_type;
  std::vector<Value> values;
  const char* expected;
};

void PrintTo(const FunctionCase& c, std::ostream* out) {
  *out << static_cast<int>(c.function) << " of " << c.type << " = " << c.expected;
}

class AggregateFunctionTest : public testing::TestWithParam<FunctionCase> {};

TEST_P(AggregateFunctionTest, Gives) {
  const FunctionCase& c = GetParam();
  ASSERT_OK_AND_ASSIGN(const DataType type, DataType::Parse(c.type));
  ASSERT_OK_AND_ASSIGN(const DataType result_type, DataType::Parse(c.result_type));
  const std::vector<AggregateCall> calls = {Call(c.function, 1, result_type)};
  EXPECT_EQ(Aggregate(type, calls, c.values, false), c.expected);
  EXPECT_EQ(Aggregate(type, calls, c.values, true), c.expected);
}

const char* const kNines = "99999999999999999999999999999999999999";

INSTANTIATE_TEST_SUITE_P(
    Sum, AggregateFunctionTest,
    testing::Values(
        FunctionCase{"TINYINT", kSum, "TINYINT", {100, 27}, "127"},
        FunctionCase{"TINYINT", kSum, "TINYINT", {100, 28}, "-128"},
        FunctionCase{"SMALLINT", kSum, "SMALLINT", {-5, 3}, "-2"},
        FunctionCase{"INT", kSum, "INT", {2147483647, 1}, "-2147483648"},
        FunctionCase{"BIGINT", kSum, "BIGINT", {INT64_MAX, int64_t{1}}, "-9223372036854775808"},
        FunctionCase{"BIGINT", kSum, "BIGINT", {1, nullptr, 2}, "3"},
        FunctionCase{"BIGINT", kSum, "BIGINT", {nullptr, nullptr}, "null"},
        FunctionCase{"FLOAT", kSum, "FLOAT", {0.5, 0.25}, "0.75"},
        FunctionCase{"DOUBLE", kSum, "DOUBLE", {0.5, nullptr, -2.0}, "-1.5"},
        FunctionCase{"DOUBLE", kSum, "DOUBLE", {nullptr}, "null"},
        FunctionCase{"DECIMAL(10, 2)", kSum, "DECIMAL(38, 2)", {"1.10", "2.20", nullptr}, "3.30"},
        FunctionCase{"DECIMAL(10, 2)", kSum, "DECIMAL(38, 2)", {nullptr}, "null"},
        FunctionCase{"DECIMAL(38, 0)", kSum, "DECIMAL(38, 0)", {kNines, "1"}, "null"},
        FunctionCase{"DECIMAL(38, 0)", kSum, "DECIMAL(38, 0)", {kNines, kNines, "1"}, "null"}));

INSTANTIATE_TEST_SUITE_P(
    Average, AggregateFunctionTest,
    testing::Values(
        FunctionCase{"INT", kAvg, "INT", {1, 2}, "1"},
        FunctionCase{"INT", kAvg, "INT", {-1, -2}, "-1"},
        FunctionCase{"TINYINT", kAvg, "TINYINT", {127, 127, nullptr}, "127"},
        FunctionCase{"BIGINT", kAvg, "BIGINT", {INT64_MAX, INT64_MAX}, "9223372036854775807"},
        FunctionCase{"BIGINT", kAvg, "BIGINT", {nullptr}, "null"},
        FunctionCase{"DOUBLE", kAvg, "DOUBLE", {1.0, 2.0, nullptr}, "1.5"},
        FunctionCase{"FLOAT", kAvg, "FLOAT", {1.0, 2.0}, "1.5"},
        FunctionCase{
            "DECIMAL(10, 2)", kAvg, "DECIMAL(38, 6)", {"1.00", "2.00", "2.00"}, "1.666667"},
        FunctionCase{
            "DECIMAL(10, 2)", kAvg, "DECIMAL(38, 6)", {"-1.00", "-2.00", "-2.00"}, "-1.666667"},
        FunctionCase{"DECIMAL(10, 2)", kAvg, "DECIMAL(38, 6)", {nullptr}, "null"}));

INSTANTIATE_TEST_SUITE_P(
    Extremes, AggregateFunctionTest,
    testing::Values(
        FunctionCase{"TINYINT", kMin, "TINYINT", {3, -4, nullptr}, "-4"},
        FunctionCase{"SMALLINT", kMax, "SMALLINT", {-3, -4}, "-3"},
        FunctionCase{"INT", kMax, "INT", {3, 9, 4}, "9"},
        FunctionCase{"BIGINT", kMin, "BIGINT", {int64_t{0}, INT64_MIN}, "-9223372036854775808"},
        FunctionCase{"BIGINT", kMax, "BIGINT", {nullptr}, "null"},
        FunctionCase{"BIGINT", kMax, "BIGINT", {-5}, "-5"},
        FunctionCase{"DOUBLE", kMin, "DOUBLE", {2.5, -1.5, 1e300}, "-1.5"},
        FunctionCase{"DOUBLE", kMax, "DOUBLE", {-2.5, -1.5}, "-1.5"},
        FunctionCase{"DOUBLE", kMin, "DOUBLE", {NAN, 1.0}, "1.0"},
        FunctionCase{"DOUBLE", kMax, "DOUBLE", {1.0, NAN, 2.0}, "NaN"},
        FunctionCase{"DOUBLE", kMin, "DOUBLE", {0.0, -0.0}, "-0.0"},
        FunctionCase{"DOUBLE", kMin, "DOUBLE", {-INFINITY, 1.0}, "-Infinity"},
        FunctionCase{"FLOAT", kMax, "FLOAT", {0.25, 0.5}, "0.5"},
        FunctionCase{"DECIMAL(10, 2)", kMin, "DECIMAL(10, 2)", {"1.10", "-0.01", nullptr}, "-0.01"},
        FunctionCase{"DECIMAL(38, 0)", kMax, "DECIMAL(38, 0)", {"-5", kNines}, kNines},
        FunctionCase{"STRING", kMin, "STRING", {"b", "ab", "é", nullptr}, "ab"},
        FunctionCase{"STRING", kMax, "STRING", {"b", "ab", "é", "zzz"}, "é"},
        FunctionCase{"STRING", kMin, "STRING", {"a", ""}, ""},
        FunctionCase{"STRING", kMin, "STRING", {nullptr}, "null"},
        FunctionCase{"DATE", kMax, "DATE", {"2024-02-29", "1969-01-01"}, "2024-02-29"},
        FunctionCase{"TIME(3)", kMin, "TIME(3)", {"12:00:05.120", "12:00:05.119"}, "12:00:05.119"},
        FunctionCase{"TIMESTAMP(6)",
                     kMin,
                     "TIMESTAMP(6)",
                     {"2024-01-31 12:00:05.000002", "2024-01-31 12:00:05.000001"},
                     "2024-01-31T12:00:05.000001"},
        FunctionCase{"TIMESTAMP_LTZ(3)",
                     kMax,
                     "TIMESTAMP_LTZ(3)",
                     {"2024-01-31 12:00:05"},
                     "2024-01-31T12:00:05Z"}));

TEST(AggregateTest, CountStarCountsRowsAndCountOfAColumnItsValues) {
  EXPECT_EQ(Aggregate(DataType::String(), {Count(), Count(1)}, {"a", nullptr, "b", nullptr}, false),
            "4, 2");
  EXPECT_EQ(Aggregate(DataType::Int(), {Count(), Count(1)}, {nullptr}, true), "1, 0");
}

TEST(AggregateTest, SeveralStringExtremesOfAGroupDoNotDisturbEachOther) {
  const std::vector<AggregateCall> calls = {Call(kMin, 1, DataType::String()), Count(1),
                                            Call(kMax, 1, DataType::String()),
                                            Filtered(Call(kMin, 1, DataType::String()), 2)};
  for (const bool one_by_one : {false, true}) {
    EXPECT_EQ(
        Aggregate(DataType::String(), calls, {"mm", "a", "zzzz", "", nullptr, "b"}, one_by_one),
        ", 5, zzzz, null");
  }
}

TEST(AggregateTest, AFilterCountsTheRowsForWhichItIsTrue) {
  WindowDriver window({.input = {{"at", DataType::Timestamp(3)},
                                 {"x", DataType::Int()},
                                 {"big", DataType::Boolean()}},
                       .calls = {Count(), Filtered(Count(), 2), Filtered(Count(1), 2),
                                 Filtered(Call(kSum, 1, DataType::Int()), 2)}});
  const std::string at = "1970-01-01 00:00:03";
  window.Input(
      {{at, 1, false}, {at, 20, true}, {at, 30, nullptr}, {at, nullptr, true}, {at, 50, true}});
  window.Watermark("00:00:10");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[5, 3, 2, 70, ")));
}

TEST(AggregateTest, AGroupNeedsNoCalls) {
  WindowDriver window(
      {.input = {{"at", DataType::Timestamp(3)}, {"k", DataType::Int()}}, .keys = {1}});
  window.Input({{"1970-01-01 00:00:03", 7}, {"1970-01-01 00:00:04", 7}});
  window.Watermark("00:00:10");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[7, 1970")));
}

TEST(AggregateTest, NullIsAKeyOfItsOwn) {
  WindowDriver window({.input = {{"at", DataType::Timestamp(3)}, {"k", DataType::BigInt()}},
                       .keys = {1},
                       .calls = {Count()}});
  const std::string at = "1970-01-01 00:00:03";
  window.Input({{at, nullptr}, {at, 0}, {at, nullptr}});
  window.Input({{at, 0}, {at, 0}});  // Without NULLs: grouped by value and not by bytes.
  window.Watermark("00:00:10");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[null, 2, "), HasSubstr("+I[0, 3, ")));
}

TEST(AggregateTest, KeysMayBeSeveralColumnsOfAnyType) {
  WindowDriver window({.input = {{"s", DataType::String()},
                                 {"at", DataType::Timestamp(3)},
                                 {"d", DataType::Decimal(5, 2)}},
                       .keys = {2, 0},
                       .calls = {Count()},
                       .time_column = 1});
  const std::string at = "1970-01-01 00:00:03";
  window.Input({{"a", at, "1.50"}, {"b", at, "1.50"}, {"a", at, "1.5"}, {"a", at, nullptr}});
  window.Watermark("00:00:10");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[null, a, 1, "), HasSubstr("+I[1.50, a, 2, "),
                                         HasSubstr("+I[1.50, b, 1, ")));
}

// (0.1 + 0.2) + 0.3 is not 0.1 + (0.2 + 0.3): rows are added one by one, as in Flink.
TEST(AggregateTest, ASumOfDoublesDoesNotDependOnWhereBatchesAreCut) {
  for (const WindowKind kind : {WindowKind::kTumble, WindowKind::kSession}) {
    WindowDriver window({.input = {{"at", DataType::Timestamp(3)}, {"x", DataType::Double()}},
                         .calls = {Call(kSum, 1, DataType::Double())},
                         .kind = kind});
    window.Input({{"1970-01-01 00:00:03", 0.1}});
    window.Input({{"1970-01-01 00:00:03", 0.2}, {"1970-01-01 00:00:03", 0.3}});
    window.Watermark(EventTime::Max());
    EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[0.6000000000000001, ")));
  }
}

TEST(AggregateTest, CallsThatFlinkDoesNotHaveAreRefused) {
  for (const auto& [type, call] :
       {std::tuple{DataType::String(), Call(kSum, 1, DataType::String())},
        std::tuple{DataType::Row({"a"}, {DataType::Int()}),
                   Call(kMax, 1, DataType::Row({"a"}, {DataType::Int()}))},
        std::tuple{DataType::Int(), Call(kAvg, 1, DataType::Double())},
        std::tuple{DataType::Int(), Call(kMin, 1, DataType::BigInt())}}) {
    const WindowSetting setting{.input = {{"at", DataType::Timestamp(3)}, {"x", type}},
                                .calls = {call}};
    EXPECT_THAT(NewWindowAggregate(WindowNode(setting), setting.input),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("TUMBLE(at): no ")));
  }
}

}  // namespace
}  // namespace millrace
