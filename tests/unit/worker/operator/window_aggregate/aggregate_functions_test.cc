// What the aggregate functions give: types, NULLs, FILTER, overflow; and all of them against a
// naive model.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/random.h"
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

TEST(AggregateTest, CallsThatFlinkDoesNotHaveAreRefused) {
  for (const auto& [type, call] :
       {std::tuple{DataType::String(), Call(kSum, 1, DataType::String())},
        std::tuple{DataType::Boolean(), Call(kMax, 1, DataType::Boolean())},
        std::tuple{DataType::Int(), Call(kAvg, 1, DataType::Double())},
        std::tuple{DataType::Int(), Call(kMin, 1, DataType::BigInt())}}) {
    const WindowSetting setting{.input = {{"at", DataType::Timestamp(3)}, {"x", type}},
                                .calls = {call}};
    EXPECT_THAT(NewWindowAggregate(WindowNode(setting), setting.input),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("TUMBLE(at): no ")));
  }
}

// A naive model: every row in a map, every result by a loop.
struct ModelRow {
  std::optional<int64_t> x;
  std::optional<std::string> s;
  std::optional<bool> keep;
};

std::string Text(const std::optional<int64_t>& value) {
  return value.has_value() ? absl::StrCat(*value) : "null";
}

std::string ModelResult(const std::vector<ModelRow>& rows) {
  int64_t values = 0;
  std::optional<int64_t> sum;
  std::optional<int64_t> kept_max;
  std::optional<std::string> least;
  for (const ModelRow& row : rows) {
    if (row.x.has_value()) {
      ++values;
      sum = sum.value_or(0) + *row.x;
      if (row.keep.value_or(false)) kept_max = std::max(kept_max.value_or(*row.x), *row.x);
    }
    if (row.s.has_value()) least = std::min(least.value_or(*row.s), *row.s);
  }
  const std::string average = sum.has_value() ? Text(*sum / values) : "null";
  return absl::StrCat(rows.size(), ", ", values, ", ", Text(sum), ", ", Text(kept_max), ", ",
                      least.value_or("null"), ", ", average);
}

TEST(AggregateOracleTest, RandomRowsGiveWhatANaiveModelGives) {
  const Schema input{{"at", DataType::Timestamp(3)},
                     {"key", DataType::BigInt()},
                     {"x", DataType::BigInt()},
                     {"s", DataType::String()},
                     {"keep", DataType::Boolean()}};
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    const bool null_keys = random.Below(2) == 0;
    const int64_t size_ms = 1 + random.Below(5'000);
    const int64_t offset_ms = random.Below(static_cast<uint32_t>(size_ms));
    WindowDriver window(
        {.input = input,
         .keys = {1},
         .calls = {Count(), Count(2), Call(kSum, 2, DataType::BigInt()),
                   Filtered(Call(kMax, 2, DataType::BigInt()), 4),
                   Call(kMin, 3, DataType::String()), Call(kAvg, 2, DataType::BigInt())},
         .size_ms = size_ms,
         .offset_ms = offset_ms});
    std::map<int64_t, std::map<std::optional<int64_t>, std::vector<ModelRow>>> windows;
    std::vector<std::string> actual;
    std::vector<std::string> expected;
    int64_t late = 0;
    int64_t now = -20'000;
    EventTime watermark = EventTime::Min();
    for (int step = 0; step < 30; ++step) {
      std::vector<RowValues> rows;
      for (uint32_t i = random.Below(200); i > 0; --i) {
        const int64_t time = now + random.Below(8'000);
        std::optional<int64_t> key = int64_t{random.Below(20)} - 10;
        if (null_keys && random.Below(10) == 0) key.reset();
        ModelRow row;
        if (random.Below(5) != 0) row.x = int64_t{random.Below(2'000)} - 1'000;
        if (random.Below(5) != 0) row.s = absl::StrCat(random.Below(1'000));
        if (random.Below(3) != 0) row.keep = random.Below(2) == 0;
        rows.push_back(
            {time, key ? Value(*key) : Value(nullptr), row.x ? Value(*row.x) : Value(nullptr),
             row.s ? Value(*row.s) : Value(nullptr), row.keep ? Value(*row.keep) : Value(nullptr)});
        const int64_t start = time - ((time - offset_ms) % size_ms + size_ms) % size_ms;
        if (start + size_ms - 1 <= watermark.millis()) {
          ++late;
        } else {
          windows[start][key].push_back(row);
        }
      }
      window.Input(rows);
      now += random.Below(3'000);
      const EventTime next = step == 29 ? EventTime::Max() : EventTime(now + random.Below(4'000));
      if (next <= watermark) continue;
      watermark = next;
      window.Watermark(watermark);
      while (!windows.empty() && windows.begin()->first + size_ms - 1 <= watermark.millis()) {
        for (const auto& [key, model_rows] : windows.begin()->second) {
          const int64_t start = windows.begin()->first;
          const std::vector<std::string> times = ValueStrings(
              DataType::Timestamp(3),
              *MakeColumn(DataType::Timestamp(3), {start, start + size_ms, start + size_ms - 1}));
          expected.push_back(absl::StrCat("+I[", Text(key), ", ", ModelResult(model_rows), ", ",
                                          times[0], ", ", times[1], ", ", times[2], "]"));
        }
        windows.erase(windows.begin());
      }
      for (std::string& row : window.Rows()) actual.push_back(std::move(row));
    }
    ASSERT_EQ(actual, expected) << "seed " << seed;
    ASSERT_EQ(window.LateRows(), absl::StrCat(late)) << "seed " << seed;
  }
}

TEST(AggregateOracleTest, ABigBatchWithManyKeysGroupsByValueAndByBytesAlike) {
  constexpr int64_t kRows = 50'000;
  for (const bool by_bytes : {false, true}) {
    Random random(3);
    std::vector<Value> times;
    std::vector<Value> keys;
    std::map<int64_t, int64_t> counts;
    for (int64_t i = 0; i < kRows; ++i) {
      const int64_t key = int64_t{random.Below(20'000)} - 10'000;
      ++counts[key];
      times.emplace_back(int64_t{random.Below(10'000)});
      keys.emplace_back(key);
    }
    const Schema input{{"at", DataType::Timestamp(3)},
                       {"key", by_bytes ? DataType::TimestampLtz(3) : DataType::BigInt()}};
    WindowDriver window({.input = input, .keys = {1}, .calls = {Count()}});
    window.Input(Batch(arrow::RecordBatch::Make(
        input.ToArrow(), kRows,
        {MakeColumn(input.field(0).type, times), MakeColumn(input.field(1).type, keys)})));
    window.Watermark("00:00:10");
    std::map<int64_t, int64_t> actual;
    for (const Batch& batch : window.output().TakeBatches()) {
      const int64_t* key = batch.column(0)->data()->GetValues<int64_t>(1);
      const int64_t* count = batch.column(1)->data()->GetValues<int64_t>(1);
      for (int64_t i = 0; i < batch.num_rows(); ++i) actual[key[i]] = count[i];
    }
    EXPECT_EQ(actual, counts);
  }
}

}  // namespace
}  // namespace millrace
