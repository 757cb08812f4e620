// Aggregates that keep values, not sums: results of Flink 2.2 for the same rows.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/unit/worker/operator/group_aggregate/group_driver.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const DataType kText = DataType::String();
const DataType kTexts = DataType::Array(DataType::String());
const DataType kCounts =
    DataType::Map(DataType::String(), DataType::Int().WithNullable(false)).WithNullable(false);

AggregateCall Distinct(AggregateCall call) {
  call.distinct = true;
  return call;
}
AggregateCall WithNulls(AggregateCall call) {
  call.keeps_nulls = true;
  return call;
}
AggregateCall Joined(const char* separator) {
  AggregateCall call = Call(AggregateFunction::kListAgg, 0, kText);
  call.separator = separator;
  return call;
}
AggregateCall Percentile(std::vector<double> percentages, DataType type) {
  AggregateCall call = Call(AggregateFunction::kPercentile, 0, std::move(type));
  call.percentages = std::move(percentages);
  return call;
}

// The row of the one group of `values`, in one batch or a batch each.
std::string Result(const DataType& type, std::vector<AggregateCall> calls,
                   const std::vector<Value>& values, bool one_by_one) {
  calls.push_back(Count());
  GroupDriver groups({.input = {{"x", type}}, .calls = std::move(calls)});
  std::vector<RowValues> rows;
  for (const Value& value : values) {
    rows.push_back({value});
    if (one_by_one) groups.Input(std::exchange(rows, {}));
  }
  if (!rows.empty()) groups.Input(rows);
  const std::string last = groups.Rows().back();
  return last.substr(3, last.rfind(", ") - 3);
}

void ExpectResult(const DataType& type, const std::vector<AggregateCall>& calls,
                  const std::vector<Value>& values, const std::string& expected) {
  EXPECT_EQ(Result(type, calls, values, false), expected);
  EXPECT_EQ(Result(type, calls, values, true), expected);
}

TEST(CollectingTest, FirstAndLastValueSkipNulls) {
  const std::vector<AggregateCall> calls = {Call(AggregateFunction::kFirstValue, 0, kText),
                                            Call(AggregateFunction::kLastValue, 0, kText)};
  ExpectResult(kText, calls, {nullptr, "x", "yy", nullptr, "", nullptr}, "x, ");
  ExpectResult(kText, calls, {nullptr, nullptr}, "null, null");
}

TEST(CollectingTest, TheLastDistinctValueIsTheOneThatWasNewLast) {
  ExpectResult(kText, {Distinct(Call(AggregateFunction::kLastValue, 0, kText))},
               {"x", "y", "x", nullptr}, "y");
}

TEST(CollectingTest, FirstAndLastValueAreOfAnyType) {
  for (const auto& [name, first, last, expected] :
       std::vector<std::tuple<const char*, Value, Value, const char*>>{
           {"BOOLEAN", false, true, "false, true"},
           {"TINYINT", -1, 5, "-1, 5"},
           {"BIGINT", INT64_MIN, 1, "-9223372036854775808, 1"},
           {"DOUBLE", -0.0, 0.0, "-0.0, 0.0"},
           {"FLOAT", -0.0, 1.5, "-0.0, 1.5"},
           {"DECIMAL(10, 2)", "1.50", "-2", "1.50, -2.00"},
           {"DATE", "2024-01-02", "2023-01-01", "2024-01-02, 2023-01-01"},
           {"TIMESTAMP(3)", "2024-01-02 00:00:01", 0, "2024-01-02T00:00:01, 1970-01-01T00:00"},
           {"ROW<a INT, b STRING>", Value({1, "x"}), Value({nullptr, "y"}),
            "+I[1, x], +I[null, y]"}}) {
    ASSERT_OK_AND_ASSIGN(const DataType type, DataType::Parse(name));
    ExpectResult(type,
                 {Call(AggregateFunction::kFirstValue, 0, type),
                  Call(AggregateFunction::kLastValue, 0, type)},
                 {first, last}, expected);
  }
}

TEST(CollectingTest, ListaggJoinsTextsInTheirOrder) {
  const std::vector<AggregateCall> calls = {Joined(","), Joined("|"), Distinct(Joined("")),
                                            Count(0)};
  ExpectResult(kText, calls, {"x", nullptr, "y", "x", ""}, "x,y,x,, x|y|x|, xy, 4");
  ExpectResult(kText, {Joined(",")}, {nullptr}, "null");
  ExpectResult(kText, {Joined(",")}, {""}, "");
}

TEST(CollectingTest, ArrayAggKeepsNullsUnlessItIgnoresThem) {
  const AggregateCall plain = Call(AggregateFunction::kArrayAgg, 0, kTexts);
  const std::vector<AggregateCall> calls = {WithNulls(plain), WithNulls(Distinct(plain)), plain};
  ExpectResult(kText, calls, {"x", nullptr, "y", "x"}, "[x, null, y, x], [x, null, y], [x, y, x]");
  ExpectResult(kText, calls, {nullptr}, "[null], [null], null");
}

TEST(CollectingTest, CollectCountsEachValue) {
  const AggregateCall collect = Call(AggregateFunction::kCollect, 0, kCounts);
  ExpectResult(kText, {collect, Distinct(collect)}, {"x", nullptr, "y", "x"},
               "{x=2, y=1}, {x=1, y=1}");
  ExpectResult(kText, {collect}, {nullptr}, "{}");
}

TEST(CollectingTest, PercentileIsADoubleOrAnArrayOfThem) {
  const std::vector<AggregateCall> calls = {
      Percentile({0.5}, DataType::Double()),
      Percentile({0.25, 0.75}, DataType::Array(DataType::Double()))};
  ExpectResult(DataType::Double(), calls, {1.5, nullptr, -2.5}, "-0.5, [-1.5, 0.5]");
  ExpectResult(DataType::Double(), calls, {nullptr}, "null, null");
  ExpectResult(DataType::Double(), {Distinct(Percentile({0.3}, DataType::Double()))}, {2, 7, 2},
               "3.5000000000000004");
}

TEST(CollectingTest, ApproxCountDistinctCountsFewValuesExactly) {
  ExpectResult(kText, {Call(AggregateFunction::kApproxCountDistinct, 0, DataType::BigInt())},
               {"a", "b", nullptr, "a"}, "2");
  ExpectResult(DataType::Row({"a"}, {DataType::Int()}),
               {Call(AggregateFunction::kApproxCountDistinct, 0, DataType::BigInt())},
               {Value({1}), Value({1}), Value({2})}, "2");
}

TEST(CollectingTest, JsonAggregatesJoinWhatIsJsonAlready) {
  ExpectResult(kText, {Call(AggregateFunction::kJsonArrayAgg, 0, kText)}, {"1", nullptr, "\"a\""},
               "[1,\"a\"]");
  ExpectResult(kText, {Call(AggregateFunction::kJsonArrayAgg, 0, kText)}, {nullptr}, "[]");
  ExpectResult(kText, {Call(AggregateFunction::kJsonObjectAgg, 0, kText)},
               {"\"k\":1", "\"k\\\"\":null"}, "{\"k\":1,\"k\\\"\":null}");
}

TEST(CollectingTest, TheMembersOfAJsonObjectAreInTheOrderOfTheirKeys) {
  ExpectResult(kText, {Call(AggregateFunction::kJsonObjectAgg, 0, kText)},
               {"\"b\":1", "\"a\\u0001\":2", "\"a b\":3", "\"a\\\"b\":4", "\"a\":5"},
               "{\"a\":5,\"a\\u0001\":2,\"a b\":3,\"a\\\"b\":4,\"b\":1}");
}

TEST(CollectingTest, AKeyThatAJsonObjectHasTwiceFailsWithARemedy) {
  GroupDriver groups(
      {.input = {{"x", kText}}, .calls = {Call(AggregateFunction::kJsonObjectAgg, 0, kText)}});
  EXPECT_THAT(groups.TryInput({{"\"k\":1"}, {"\"k\":2"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"k\" twice")));
}

TEST(CollectingTest, DistinctRowsAreToldApart) {
  const DataType row = DataType::Row({"a", "b"}, {DataType::Int(), kText});
  ExpectResult(row, {Distinct(Count(0))},
               {Value({1, "x"}), Value({1, nullptr}), Value({1, "x"}), Value({2, "x"})}, "3");
  ExpectResult(DataType::Bytes(), {Distinct(Count(0))}, {"a", "b", "a"}, "2");
}

TEST(CollectingTest, TheLeastBooleanIsFalse) {
  ExpectResult(DataType::Boolean(),
               {Call(AggregateFunction::kMin, 0, DataType::Boolean()),
                Call(AggregateFunction::kMax, 0, DataType::Boolean())},
               {true, nullptr, false}, "false, true");
}

TEST(CollectingTest, AFilterThatIsNotTrueLeavesARowOut) {
  GroupDriver groups(
      {.input = {{"x", kText}, {"f", DataType::Boolean()}},
       .calls = {Filtered(Joined(","), 1),
                 Filtered(Call(AggregateFunction::kFirstValue, 0, kText), 1),
                 WithNulls(Filtered(Call(AggregateFunction::kArrayAgg, 0, kTexts), 1)),
                 Filtered(Distinct(Count(0)), 1)}});
  groups.Input({{"a", nullptr}, {"b", false}, {"c", true}, {nullptr, true}, {"c", true}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[c,c, c, [c, null, c], 1]"));
}

TEST(CollectingTest, AGroupWhoseResultsStayTheSameGivesNothing) {
  GroupDriver groups({.input = {{"x", kText}},
                      .calls = {Call(AggregateFunction::kFirstValue, 0, kText),
                                Distinct(Joined(",")), Distinct(Count(0))}});
  groups.Input({{"a"}});
  EXPECT_THAT(groups.Rows(), ElementsAre("+I[a, a, 1]"));
  groups.Input({{"a"}, {nullptr}});
  EXPECT_THAT(groups.Rows(), IsEmpty());
  groups.Input({{"b"}});
  EXPECT_THAT(groups.Rows(), ElementsAre("-U[a, a, 1]", "+U[a, a,b, 2]"));
}

TEST(CollectingTest, CallsWithPartsOfTheTailDoNotDisturbEachOther) {
  const std::vector<AggregateCall> calls = {
      Distinct(Count(0)),
      Call(AggregateFunction::kFirstValue, 0, kText),
      Joined(","),
      Call(AggregateFunction::kMax, 0, kText),
      Distinct(Joined("+")),
      Call(AggregateFunction::kApproxCountDistinct, 0, DataType::BigInt()),
      Call(AggregateFunction::kLastValue, 0, kText),
      Call(AggregateFunction::kMin, 0, kText)};
  ExpectResult(kText, calls, {"m", "zz", "m", nullptr, "a", "q", "zz"},
               "4, m, m,zz,m,a,q,zz, zz, m+zz+a+q, 4, zz, a");
}

TEST(CollectingTest, AMapIsRefused) {
  const DataType map = DataType::Map(kText, DataType::Int());
  const GroupSetting setting{.input = {{"x", map}},
                             .calls = {Call(AggregateFunction::kFirstValue, 0, map)}};
  EXPECT_THAT(NewGroupAggregate(GroupNode(setting), setting.input),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("MAP")));
}

}  // namespace
}  // namespace millrace
