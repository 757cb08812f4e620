#include "coordinator/sql/optimize/extreme_fusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status_macros.h"
#include "coordinator/sql/optimize/calc_merging.h"
#include "coordinator/sql/optimize/window_fusion.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/sql/optimize/plans.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Counts of a page in windows: page, n, ws, we.
LogicalPlan Counts(int64_t size_ms = 60'000) {
  const LogicalPlan windows = MakeWindowTvf(
      ScanClicks(), {.window = {.time_column = 2, .size_ms = size_ms, .slide_ms = size_ms}});
  const LogicalPlan groups = MakeAggregate(
      Project(windows, {Column(windows, 1), Column(windows, 4), Column(windows, 5)},
              {"page", "ws", "we"}),
      {.keys = {0, 1, 2}, .calls = {{.result_type = DataType::BigInt().WithNullable(false)}}},
      {"n"});
  return Project(groups,
                 {Column(groups, 0), Column(groups, 3), Column(groups, 1), Column(groups, 2)},
                 {"page", "n", "ws", "we"});
}

// The greatest, or least, count of each window: most, ws, we.
LogicalPlan Extremes(const LogicalPlan& counts,
                     AggregateFunction function = AggregateFunction::kMax) {
  const LogicalPlan groups = MakeAggregate(
      Project(counts, {Column(counts, 1), Column(counts, 2), Column(counts, 3)}, {"n", "ws", "we"}),
      {.keys = {1, 2},
       .calls = {{.function = function, .argument = 0, .result_type = DataType::BigInt()}}},
      {"most"});
  return Project(groups, {Column(groups, 2), Column(groups, 0), Column(groups, 1)},
                 {"most", "ws", "we"});
}

// The rows of `counts` whose count compares with the extreme of their window.
absl::StatusOr<LogicalPlan> Fused(const LogicalPlan& counts, const LogicalPlan& extremes,
                                  const char* comparison) {
  const auto column = [&](int index) {
    const int left = counts->output.size();
    return index < left ? Column(counts, index)
                        : Expression::Column(index, extremes->output.field(index - left).type);
  };
  ExpressionPtr condition = Bound("and", {Bound("and", {Bound("equals", {column(2), column(5)}),
                                                        Bound("equals", {column(3), column(6)})}),
                                          Bound(comparison, {column(1), column(4)})});
  ASSIGN_OR_RETURN(const LogicalPlan fused,
                   FuseWindowAggregates(MergeCalcs(
                       MakeJoin(counts, extremes, {.condition = std::move(condition)}))));
  return MergeCalcs(FuseExtremes(MergeCalcs(fused)));
}

TEST(ExtremeFusionTest, RowsOfTheGreatestCountOfTheirWindowAreFoundWithoutAJoin) {
  for (const char* comparison : {"greater_than_or_equal", "equals"}) {
    ASSERT_OK_AND_ASSIGN(const LogicalPlan fused, Fused(Counts(), Extremes(Counts()), comparison));
    EXPECT_THAT(Text(fused),
                StartsWith("Calc(select=[page, n, ws, we, n AS most, ws, we])\n"
                           "+- WindowExtreme(window=[WINDOW(win_start=[ws], win_end=[we])], "
                           "rows=[MAX(n)])\n"
                           "   +- Calc(select=[page, n, window_start AS ws, window_end AS we])\n"
                           "      +- WindowAggregate("));
  }
}

TEST(ExtremeFusionTest, TheLeastCountIsFoundTheOtherWayRound) {
  const LogicalPlan least = Extremes(Counts(), AggregateFunction::kMin);
  ASSERT_OK_AND_ASSIGN(const LogicalPlan fused, Fused(Counts(), least, "less_than_or_equal"));
  EXPECT_THAT(Text(fused), HasSubstr("rows=[MIN(n)]"));
  ASSERT_OK_AND_ASSIGN(const LogicalPlan join, Fused(Counts(), least, "greater_than_or_equal"));
  EXPECT_THAT(Text(join), HasSubstr("Join(joinType=[InnerJoin]"));
}

TEST(ExtremeFusionTest, OtherComparisonsAreJoins) {
  for (const char* comparison : {"greater_than", "less_than_or_equal", "not_equals"}) {
    ASSERT_OK_AND_ASSIGN(const LogicalPlan join, Fused(Counts(), Extremes(Counts()), comparison));
    EXPECT_THAT(Text(join), HasSubstr("Join(joinType=[InnerJoin]"));
  }
}

TEST(ExtremeFusionTest, ExtremesOfOtherRowsAreNoneOfTheseRows) {
  ASSERT_OK_AND_ASSIGN(const LogicalPlan join,
                       Fused(Counts(), Extremes(Counts(30'000)), "greater_than_or_equal"));
  EXPECT_THAT(Text(join), HasSubstr("Join(joinType=[InnerJoin]"));
  const LogicalPlan counts = Counts();
  const LogicalPlan some = Project(MakeFilter(counts, Bound("is_not_null", {Column(counts, 0)})),
                                   ColumnReferences(counts->output), ColumnNames(counts->output));
  ASSERT_OK_AND_ASSIGN(const LogicalPlan of_some,
                       Fused(counts, Extremes(some), "greater_than_or_equal"));
  EXPECT_THAT(Text(of_some), HasSubstr("Join(joinType=[InnerJoin]"));
}

}  // namespace
}  // namespace millrace
