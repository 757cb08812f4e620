// COUNT, SUM and AVG of DISTINCT values: in one batch, over batches, over slices and sessions.
#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "tests/unit/worker/operator/window_aggregate/window_driver.h"
#include "worker/aggregate/distinct_set.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr AggregateFunction kSum = AggregateFunction::kSum;
constexpr AggregateFunction kAvg = AggregateFunction::kAvg;
constexpr AggregateFunction kMax = AggregateFunction::kMax;

AggregateCall Distinct(AggregateCall call) {
  call.distinct = true;
  return call;
}

// "2" or "2, 7" for the results of `calls` over values of one window. `one_by_one`: a batch each.
std::string Results(const DataType& type, const std::vector<AggregateCall>& calls,
                    const std::vector<Value>& values, bool one_by_one) {
  WindowDriver window({.input = {{"at", DataType::Timestamp(3)}, {"x", type}}, .calls = calls});
  std::vector<RowValues> rows;
  for (const Value& value : values) {
    rows.push_back({"1970-01-01 00:00:03", value});
    if (one_by_one) window.Input(std::exchange(rows, {}));
  }
  if (!rows.empty()) window.Input(rows);
  window.Watermark("00:00:10");
  const auto results = window.Rows();
  if (results.size() != 1) return absl::StrCat(results.size(), " rows");
  return results[0].substr(3, results[0].find(", 1970-01-01T00:00,") - 3);
}

TEST(DistinctTest, ValuesOfEveryTypeWithAnOrderAreToldApart) {
  for (const auto& [type, values, expected] :
       std::vector<std::tuple<const char*, std::vector<Value>, const char*>>{
           {"BOOLEAN", {true, false, true, nullptr}, "2"},
           {"TINYINT", {1, 1, -1}, "2"},
           {"SMALLINT", {300, 300, 44}, "2"},
           {"INT", {5, nullptr, 5, 6, 7}, "3"},
           {"BIGINT", {INT64_MAX, INT64_MIN, INT64_MAX}, "2"},
           {"FLOAT", {1.5, 1.5, -1.5}, "2"},
           {"DOUBLE", {0.1, 0.1, 0.2}, "2"},
           {"DECIMAL(20, 2)", {"1.50", "1.5", "-1.50"}, "2"},
           {"STRING", {"", "a", "", "b", "ab"}, "4"},
           {"DATE", {1, 2, 2}, "2"},
           {"TIMESTAMP(3)", {1000, 1000, 2000}, "2"},
           {"INT", {nullptr, nullptr}, "0"}}) {
    ASSERT_OK_AND_ASSIGN(const DataType parsed, DataType::Parse(type));
    for (const bool one_by_one : {false, true}) {
      EXPECT_EQ(Results(parsed, {Distinct(Count(1))}, values, one_by_one), expected) << type;
    }
  }
}

TEST(DistinctTest, SumsAndAveragesTakeEveryValueOnce) {
  for (const bool one_by_one : {false, true}) {
    EXPECT_EQ(
        Results(DataType::BigInt(),
                {Distinct(Call(kSum, 1, DataType::BigInt())), Call(kSum, 1, DataType::BigInt()),
                 Distinct(Call(kAvg, 1, DataType::BigInt()))},
                {10, 10, 4, 10, nullptr}, one_by_one),
        "14, 34, 7");
    EXPECT_EQ(Results(DataType::Double(), {Distinct(Call(kSum, 1, DataType::Double()))},
                      {0.5, 0.5, 0.25}, one_by_one),
              "0.75");
    EXPECT_EQ(Results(DataType::Decimal(10, 2), {Distinct(Call(kSum, 1, DataType::Decimal(38, 2)))},
                      {"1.10", "1.10", "2.00"}, one_by_one),
              "3.10");
    EXPECT_EQ(
        Results(DataType::Int(), {Distinct(Call(kSum, 1, DataType::Int()))}, {nullptr}, one_by_one),
        "null");
  }
}

TEST(DistinctTest, SetsAndTextsShareTheTailOfAValue) {
  for (const bool one_by_one : {false, true}) {
    EXPECT_EQ(Results(DataType::String(),
                      {Call(kMax, 1, DataType::String()), Distinct(Count(1)), Count(1),
                       Call(AggregateFunction::kMin, 1, DataType::String()), Distinct(Count(1))},
                      {"kiwi", "fig", "kiwi", "a longer fruit than these", "fig", "zucchini"},
                      one_by_one),
              "zucchini, 4, 6, a longer fruit than these, 4");
  }
}

TEST(DistinctTest, AFilterOfOneCallLeavesTheOthersAlone) {
  WindowDriver window({.input = {{"at", DataType::Timestamp(3)},
                                 {"x", DataType::Int()},
                                 {"keep", DataType::Boolean()}},
                       .calls = {Distinct(Count(1)), Filtered(Distinct(Count(1)), 2)}});
  const std::string at = "1970-01-01 00:00:03";
  window.Input({{at, 1, true}, {at, 2, false}, {at, 1, true}, {at, 3, nullptr}});
  window.Watermark("00:00:10");
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[3, 1, ")));
}

TEST(DistinctTest, WindowsThatShareSlicesCountAValueOnceEach) {
  WindowDriver window({.input = {{"at", DataType::Timestamp(3)}, {"x", DataType::BigInt()}},
                       .calls = {Distinct(Count(1)), Distinct(Call(kSum, 1, DataType::BigInt()))},
                       .kind = WindowKind::kHop,
                       .slide_ms = 5'000});
  window.Input(
      {{"1970-01-01 00:00:02", 7}, {"1970-01-01 00:00:07", 7}, {"1970-01-01 00:00:08", 5}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[1, 7, 1969"), HasSubstr("+I[2, 12, 1970"),
                                         HasSubstr("+I[2, 12, 1970")));
}

TEST(DistinctTest, MergedSessionsCountAValueOnce) {
  WindowDriver window({.input = {{"at", DataType::Timestamp(3)}, {"x", DataType::String()}},
                       .calls = {Distinct(Count(1))},
                       .kind = WindowKind::kSession});
  window.Input({{"1970-01-01 00:00:02", "a"}, {"1970-01-01 00:00:20", "a"}});
  window.Input({{"1970-01-01 00:00:11", "b"}});
  window.Watermark(EventTime::Max());
  EXPECT_THAT(window.Rows(), ElementsAre(HasSubstr("+I[2, 1970-01-01T00:00:02, ")));
}

TEST(DistinctTest, ManyValuesOverManyBatchesAreCountedExactly) {
  Random random(11);
  WindowDriver window({.input = {{"at", DataType::Timestamp(3)},
                                 {"k", DataType::BigInt()},
                                 {"x", DataType::String()}},
                       .keys = {1},
                       .calls = {Distinct(Count(2)), Count(2)}});
  std::map<int64_t, std::set<std::string>> seen;
  std::map<int64_t, int> rows_of_key;
  for (int batch = 0; batch < 60; ++batch) {
    std::vector<RowValues> rows;
    for (int i = 0; i < 300; ++i) {
      const int64_t key = random.Below(4);
      const std::string value = absl::StrCat("value ", random.Below(3'000));
      seen[key].insert(value);
      ++rows_of_key[key];
      rows.push_back({"1970-01-01 00:00:03", key, value});
    }
    window.Input(rows);
  }
  window.Watermark("00:00:10");
  std::vector<std::string> expected;
  for (const auto& [key, values] : seen) {
    expected.push_back(absl::StrCat("+I[", key, ", ", values.size(), ", ", rows_of_key[key],
                                    ", 1970-01-01T00:00, 1970-01-01T00:00:10, "
                                    "1970-01-01T00:00:09.999]"));
  }
  EXPECT_EQ(window.Rows(), expected);
}

TEST(DistinctTest, MapsAreRefused) {
  const WindowSetting setting{.input = {{"at", DataType::Timestamp(3)},
                                        {"x", DataType::Map(DataType::Int(), DataType::Int())}},
                              .calls = {Distinct(Count(1))}};
  EXPECT_THAT(NewWindowAggregate(WindowNode(setting), setting.input),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("MAP values have no order")));
}

TEST(DistinctSetTest, ASetGrowsInPlaceBetweenOtherParts) {
  std::string tail = "beforebehind";
  size_t length = 0;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1'000; ++i) {
      DistinctSet set(tail, 6, length);
      EXPECT_EQ(set.Insert(absl::StrCat(i)), round == 0);
      length = set.length();
    }
  }
  EXPECT_TRUE(tail.starts_with("before"));
  EXPECT_TRUE(tail.ends_with("behind"));
  EXPECT_EQ(tail.size(), length + 12);
  int next = 0;
  DistinctSet::ForEach(std::string_view(tail).substr(6, length), [&](std::string_view value) {
    EXPECT_EQ(value, absl::StrCat(next++)) << "in the order of insertion";
  });
  EXPECT_EQ(next, 1'000);
}

}  // namespace
}  // namespace millrace
