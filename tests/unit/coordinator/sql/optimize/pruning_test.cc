// What is read of tables and computed of it: column_pruning, scan_pruning and field_use, by the
// optimizer that runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/sql/optimize/field_use.h"
#include "coordinator/sql/optimize/optimizer.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/sql/optimize/plans.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const LogicalNode& ScanOf(const LogicalPlan& plan) {
  const LogicalNode* node = plan.get();
  while (!node->inputs.empty()) node = &node->input();
  return *node;
}

TEST(PruningTest, AScanGivesTheColumnsInUseAndThoseOfTheWatermark) {
  const LogicalPlan scan = ScanClicks();
  ASSERT_OK_AND_ASSIGN(const auto plans,
                       Optimize({SinkOf(Project(scan, {Column(scan, 0)}, {"id"}))}));
  EXPECT_EQ(Text(plans[0]),
            "Sink(table=[out], fields=[id])\n"
            "+- Calc(select=[id])\n"
            "   +- TableSourceScan(table=[[clicks]], fields=(id BIGINT, at TIMESTAMP(3)), "
            "watermark=[(at - INTERVAL '1' SECOND)])\n");
}

TEST(PruningTest, OfARowOnlyTheFieldsInUseAreRead) {
  const LogicalPlan scan = ScanClicks();
  const ExpressionPtr age = Expression::Field(Column(scan, 3), 1);
  ASSERT_OK_AND_ASSIGN(const auto plans, Optimize({SinkOf(Project(scan, {age}, {"age"}))}));
  EXPECT_EQ(ScanOf(plans[0]).output.ToString(), "(at TIMESTAMP(3), visitor ROW<age INT>)");
  EXPECT_THAT(Text(plans[0]), HasSubstr("Calc(select=[visitor.age AS age])"));
}

TEST(PruningTest, ARowThatIsUsedAsAWholeIsReadWhole) {
  const LogicalPlan scan = ScanClicks();
  const ExpressionPtr age = Expression::Field(Column(scan, 3), 1);
  ASSERT_OK_AND_ASSIGN(
      const auto plans,
      Optimize({SinkOf(Project(scan, {age, Column(scan, 3)}, {"age", "visitor"}))}));
  EXPECT_EQ(ScanOf(plans[0]).output.ToString(),
            "(at TIMESTAMP(3), visitor ROW<name STRING, age INT>)");
}

TEST(PruningTest, TwoStatementsOverOneTableShareAScanOfTheirUnion) {
  const LogicalPlan first = ScanClicks();
  const LogicalPlan second = ScanClicks();
  ASSERT_OK_AND_ASSIGN(const auto plans,
                       Optimize({SinkOf(Project(first, {Column(first, 0)}, {"id"})),
                                 SinkOf(Project(second, {Column(second, 1)}, {"page"}))}));
  EXPECT_EQ(&ScanOf(plans[0]), &ScanOf(plans[1]));
  EXPECT_EQ(ScanOf(plans[0]).output.ToString(), "(id BIGINT, page STRING, at TIMESTAMP(3))");
}

TEST(PruningTest, ScansWithDifferentOptionsStayApart) {
  const LogicalPlan first = ScanClicks();
  const LogicalPlan second = ScanClicks({{"connector", "datagen"}, {"seed", "7"}});
  ASSERT_OK_AND_ASSIGN(const auto plans,
                       Optimize({SinkOf(Project(first, {Column(first, 0)}, {"id"})),
                                 SinkOf(Project(second, {Column(second, 0)}, {"id"}))}));
  EXPECT_NE(&ScanOf(plans[0]), &ScanOf(plans[1]));
}

TEST(PruningTest, OfGroupsOnlyTheCallsInUseAreComputed) {
  const LogicalPlan scan = ScanClicks();
  const AggregateCall sum{
      .function = AggregateFunction::kSum, .argument = 0, .result_type = DataType::BigInt()};
  const AggregateCall count{.result_type = DataType::BigInt().WithNullable(false)};
  const LogicalPlan groups =
      MakeAggregate(scan, {.keys = {1}, .calls = {sum, count}}, {"total", "n"});
  ASSERT_OK_AND_ASSIGN(const auto plans,
                       Optimize({SinkOf(Project(groups, {Column(groups, 2)}, {"n"}))}));
  EXPECT_THAT(Text(plans[0]),
              AllOf(HasSubstr("GroupAggregate(groupBy=[page], select=[page, COUNT(*) AS n])"),
                    HasSubstr("Calc(select=[page])")));
}

TEST(PruningTest, RowsThatAreOnlyCountedKeepAColumn) {
  const LogicalPlan scan = ScanClicks();
  const AggregateCall count{.result_type = DataType::BigInt().WithNullable(false)};
  const LogicalPlan all = MakeAggregate(scan, {.calls = {count}}, {"n"});
  ASSERT_OK_AND_ASSIGN(const auto plans,
                       Optimize({SinkOf(Project(all, {Expression::BigInt(1)}, {"one"}))}));
  EXPECT_THAT(Text(plans[0]), AllOf(HasSubstr("Calc(select=[1 AS one])"),
                                    HasSubstr("GroupAggregate(select=[COUNT(*) AS n])"),
                                    HasSubstr("Calc(select=[id])")));
}

TEST(PruningTest, AnAggregateWithoutAReaderIsNotComputed) {
  const LogicalPlan windows = MakeWindowTvf(
      ScanClicks(), {.window = {.time_column = 2, .size_ms = 1000, .slide_ms = 1000}});
  LogicalPlan plan = Project(windows, {Column(windows, 4), Column(windows, 5), Column(windows, 0)},
                             {"window_start", "window_end", "id"});
  const AggregateCall sum{
      .function = AggregateFunction::kSum, .argument = 2, .result_type = DataType::BigInt()};
  const AggregateCall count{.result_type = DataType::BigInt().WithNullable(false)};
  plan = MakeAggregate(plan, {.keys = {0, 1}, .calls = {sum, count}}, {"total", "n"});
  ASSERT_OK_AND_ASSIGN(const auto plans,
                       Optimize({SinkOf(Project(plan, {Column(plan, 3)}, {"n"}))}));
  EXPECT_THAT(Text(plans[0]), HasSubstr("select=[COUNT(*) AS n]"));
  EXPECT_EQ(ScanOf(plans[0]).output.ToString(), "(at TIMESTAMP(3))");
}

TEST(PruningTest, TheInputsOfAUnionKeepTheSameColumnsInTheSamePlaces) {
  const LogicalPlan scan = ScanClicks();
  const LogicalPlan left = Project(scan, {Column(scan, 0), Column(scan, 1)}, {"id", "page"});
  const LogicalPlan right =
      Project(scan, {Expression::BigInt(0), Bound("upper", {Column(scan, 1)})}, {"id", "page"});
  const LogicalPlan both = MakeUnionAll({left, right});
  ASSERT_OK_AND_ASSIGN(const auto plans,
                       Optimize({SinkOf(Project(both, {Column(both, 1)}, {"page"}))}));
  EXPECT_EQ(Text(plans[0]),
            "Sink(table=[out], fields=[page])\n"
            "+- Union(all=[true])\n"
            "   :- Calc(select=[page])\n"
            "   :  +- TableSourceScan(table=[[clicks]], fields=(page STRING, at TIMESTAMP(3)), "
            "watermark=[(at - INTERVAL '1' SECOND)])\n"
            "   +- Calc(select=[UPPER(page) AS page])\n"
            "      +- TableSourceScan(table=[[clicks]], fields=(page STRING, at TIMESTAMP(3)), "
            "watermark=[(at - INTERVAL '1' SECOND)])\n");
}

TEST(PruningTest, ACountOfRowsOfATableWithoutWatermarkStillReadsAColumn) {
  LogicalScan scan{.table = Clicks(), .options = Clicks()->options};
  const LogicalPlan plan = MakeScan(std::move(scan), Clicks()->schema());
  ASSERT_OK_AND_ASSIGN(const auto plans,
                       Optimize({SinkOf(Project(plan, {Expression::Int(1)}, {"one"}))}));
  EXPECT_EQ(ScanOf(plans[0]).output.ToString(), "(id BIGINT)");
}

TEST(FieldUseTest, NestedFieldsArePrunedAtEveryDepth) {
  const DataType inner = DataType::Row({"a", "b"}, {DataType::Int(), DataType::Int()});
  const Schema schema{{"r", DataType::Row({"x", "y"}, {inner, DataType::Int()})}};
  const ExpressionPtr b =
      Expression::Field(Expression::Field(Expression::Column(0, schema.field(0).type), 0), 1);
  ColumnUse use;
  CollectUse(b, use);
  const Schema pruned = PruneSchema(schema, use);
  EXPECT_EQ(pruned.ToString(), "(r ROW<x ROW<b INT>>)");
  const ExpressionPtr rewritten = RewriteToUse(b, pruned, use);
  EXPECT_EQ(rewritten->ToString(pruned), "r.x.b");
  EXPECT_EQ(rewritten->index(), 0);
}

}  // namespace
}  // namespace millrace
