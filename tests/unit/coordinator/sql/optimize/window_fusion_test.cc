#include "coordinator/sql/optimize/window_fusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/sql/optimize/calc_merging.h"
#include "coordinator/sql/optimize/optimizer.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/sql/optimize/plans.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// window_start, window_end and window_time are columns 4, 5 and 6.
LogicalPlan Windows() {
  return MakeWindowTvf(ScanClicks(),
                       {.window = {.time_column = 2, .size_ms = 60'000, .slide_ms = 60'000}});
}

AggregateCall CountAll() { return {.result_type = DataType::BigInt().WithNullable(false)}; }

TEST(WindowFusionTest, AnAggregationByWindowAndKeyBecomesOneOperator) {
  const LogicalPlan windows = Windows();
  const LogicalPlan plan =
      Project(windows, {Column(windows, 1), Column(windows, 4), Column(windows, 5)},
              {"page", "window_start", "window_end"});
  const LogicalPlan groups = MakeAggregate(plan, {.keys = {0, 1, 2}, .calls = {CountAll()}}, {"n"});
  ASSERT_OK_AND_ASSIGN(const LogicalPlan fused, FuseWindowAggregates(MergeCalcs(groups)));
  EXPECT_EQ(Text(fused),
            "Calc(select=[page, window_start, window_end, n])\n"
            "+- WindowAggregate(groupBy=[page], window=[TUMBLE(time_col=[at], size=[1 min])], "
            "select=[COUNT(*) AS n])\n"
            "   +- Calc(select=[page, at])\n"
            "      +- TableSourceScan(table=[[clicks]], fields=(id BIGINT, page STRING, at "
            "TIMESTAMP(3), visitor ROW<name STRING, age INT>), watermark=[(at - INTERVAL '1' "
            "SECOND)])\n");
}

TEST(WindowFusionTest, AFilterBelowTheAggregationStaysBelowTheWindow) {
  const LogicalPlan windows = Windows();
  LogicalPlan plan = MakeFilter(windows, Bound("is_not_null", {Column(windows, 1)}));
  plan = Project(plan, {Column(windows, 4), Column(windows, 5)}, {"window_start", "window_end"});
  plan = MakeAggregate(plan, {.keys = {0, 1}, .calls = {CountAll()}}, {"n"});
  ASSERT_OK_AND_ASSIGN(const LogicalPlan fused, FuseWindowAggregates(MergeCalcs(plan)));
  EXPECT_THAT(Text(fused), HasSubstr("Calc(select=[at], where=[(page IS NOT NULL)])"));
}

TEST(WindowFusionTest, AnAggregationOfResultsByTheirWindowKeepsTheWindow) {
  const LogicalPlan windows = Windows();
  LogicalPlan plan = Project(windows, {Column(windows, 1), Column(windows, 4), Column(windows, 5)},
                             {"page", "ws", "we"});
  plan = MakeAggregate(plan, {.keys = {0, 1, 2}, .calls = {CountAll()}}, {"n"});
  AggregateCall most{
      .function = AggregateFunction::kMax, .argument = 3, .result_type = DataType::BigInt()};
  plan = MakeAggregate(plan, {.keys = {1, 2}, .calls = {most}}, {"most"});
  ASSERT_OK_AND_ASSIGN(const LogicalPlan fused, FuseWindowAggregates(MergeCalcs(plan)));
  EXPECT_THAT(Text(fused),
              StartsWith("Calc(select=[window_start AS ws, window_end AS we, most])\n"
                         "+- WindowAggregate(groupBy=[], window=[WINDOW(win_start=[ws], "
                         "win_end=[we])], select=[MAX(n) AS most])\n"));
}

TEST(WindowFusionTest, AFrequencyIsFoundAmongTheColumnsThatEnter) {
  const LogicalPlan windows = Windows();
  LogicalPlan plan =
      Project(windows,
              {Column(windows, 4), Column(windows, 5),
               Bound("times", {Column(windows, 0), Expression::Double(1)}), Column(windows, 0)},
              {"ws", "we", "value", "times"});
  plan = MakeAggregate(plan,
                       {.keys = {0, 1},
                        .calls = {{.function = AggregateFunction::kPercentile,
                                   .argument = 2,
                                   .result_type = DataType::Double(),
                                   .percentages = {0.5},
                                   .weight = 3}}},
                       {"p"});
  ASSERT_OK_AND_ASSIGN(const LogicalPlan fused, FuseWindowAggregates(MergeCalcs(plan)));
  EXPECT_THAT(Text(fused), HasSubstr("select=[PERCENTILE(value, 0.5, times) AS p]"));
}

LogicalPlan Sessions(std::optional<std::vector<int>> partition) {
  return MakeWindowTvf(ScanClicks(), {.window = {.kind = WindowKind::kSession,
                                                 .time_column = 2,
                                                 .size_ms = 60'000,
                                                 .slide_ms = 60'000},
                                      .session_keys = std::move(partition)});
}

LogicalPlan CountsByPage(const LogicalPlan& rows) {
  return MakeAggregate(Project(rows, {Column(rows, 1), Column(rows, 4), Column(rows, 5)},
                               {"page", "window_start", "window_end"}),
                       {.keys = {0, 1, 2}, .calls = {CountAll()}}, {"n"});
}

TEST(WindowFusionTest, ASessionIsOfTheKeysThatItIsGroupedBy) {
  for (const auto& partition :
       {std::optional<std::vector<int>>(), std::optional(std::vector<int>{1})}) {
    ASSERT_OK_AND_ASSIGN(const LogicalPlan fused,
                         FuseWindowAggregates(MergeCalcs(CountsByPage(Sessions(partition)))));
    EXPECT_THAT(Text(fused), HasSubstr("WindowAggregate(groupBy=[page], "
                                       "window=[SESSION(time_col=[at], gap=[1 min])]"));
  }
  for (const std::vector<int>& partition : {std::vector<int>{}, {0}, {0, 1}}) {
    EXPECT_THAT(FuseWindowAggregates(MergeCalcs(CountsByPage(Sessions(partition)))),
                StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("PARTITION BY")));
  }
}

TEST(WindowFusionTest, ARowThatAConditionTakesAwayStillHoldsASessionTogether) {
  const LogicalPlan sessions = Sessions(std::vector<int>{1});
  const auto filtered = [&](int column) {
    return FuseWindowAggregates(MergeCalcs(
        CountsByPage(MakeFilter(sessions, Bound("is_not_null", {Column(sessions, column)})))));
  };
  EXPECT_THAT(filtered(0), StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("condition")));
  EXPECT_OK(filtered(1)) << "all rows of a key go, or none";
}

TEST(WindowFusionTest, GroupsWithoutTheWindowAreNoneOfIt) {
  const LogicalPlan windows = Windows();
  const LogicalPlan plan = MakeAggregate(Project(windows, {Column(windows, 1)}, {"page"}),
                                         {.keys = {0}, .calls = {CountAll()}}, {"n"});
  ASSERT_OK_AND_ASSIGN(const LogicalPlan fused, FuseWindowAggregates(MergeCalcs(plan)));
  EXPECT_THAT(Text(fused), HasSubstr("GroupAggregate(groupBy=[page]"));
  EXPECT_THAT(Text(fused), HasSubstr("WindowTableFunction("));
}

TEST(WindowFusionTest, AWindowThatNobodyAggregatesStays) {
  ASSERT_OK_AND_ASSIGN(const LogicalPlan fused, FuseWindowAggregates(Windows()));
  EXPECT_THAT(Text(fused), HasSubstr("WindowTableFunction(window=[TUMBLE("));
  EXPECT_THAT(FuseWindowAggregates(Sessions(std::vector<int>{1})),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("SESSION")))
      << "a row does not know the session that it will be in";
}

TEST(WindowFusionTest, RowsHaveTheirWindowFirstIfItIsUsedBelowTheAggregation) {
  const LogicalPlan windows = Windows();
  LogicalPlan plan =
      MakeFilter(windows, Bound("greater_than", {Column(windows, 5), Column(windows, 4)}));
  plan = Project(plan, {Column(windows, 4), Column(windows, 5)}, {"window_start", "window_end"});
  plan = MakeAggregate(plan, {.keys = {0, 1}, .calls = {CountAll()}}, {"n"});
  ASSERT_OK_AND_ASSIGN(const LogicalPlan fused, FuseWindowAggregates(MergeCalcs(plan)));
  EXPECT_THAT(Text(fused), HasSubstr("window=[WINDOW(win_start=[window_start]"));
  EXPECT_THAT(Text(fused), HasSubstr("where=[(window_end > window_start)]"));
  EXPECT_THAT(Text(fused), HasSubstr("WindowTableFunction("));
}

}  // namespace
}  // namespace millrace
