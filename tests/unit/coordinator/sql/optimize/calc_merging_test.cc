#include "coordinator/sql/optimize/calc_merging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/coordinator/sql/optimize/plans.h"

namespace millrace {
namespace {

using testing::HasSubstr;

ExpressionPtr IsBig(const LogicalPlan& plan, int column) {
  return Bound("greater_than", {Column(plan, column), Expression::BigInt(100)});
}

int Calcs(const LogicalPlan& plan) {
  int count = std::holds_alternative<LogicalCalc>(plan->spec) ? 1 : 0;
  for (const LogicalPlan& input : plan->inputs) count += Calcs(input);
  return count;
}

TEST(CalcMergingTest, FilterOverProjectOverFilterIsOneCalc) {
  const LogicalPlan scan = ScanClicks();
  LogicalPlan plan = MakeFilter(scan, Bound("is_not_null", {Column(scan, 1)}));
  plan = Project(plan, {Bound("plus", {Column(scan, 0), Expression::BigInt(1)})}, {"next"});
  plan = MakeFilter(plan, IsBig(plan, 0));
  const LogicalPlan merged = MergeCalcs(plan);
  EXPECT_EQ(Calcs(merged), 1);
  EXPECT_THAT(Text(merged), HasSubstr("Calc(select=[(id + 1) AS next], where=[((page IS NOT NULL) "
                                      "AND ((id + 1) > 100))])\n"));
}

TEST(CalcMergingTest, AConditionThatMayFailStaysBehindTheFilterThatProtectsIt) {
  const LogicalPlan scan = ScanClicks();
  LogicalPlan plan =
      MakeFilter(scan, Bound("not_equals", {Column(scan, 0), Expression::BigInt(0)}));
  const ExpressionPtr quotient = Bound("divide", {Expression::BigInt(1000), Column(scan, 0)});
  plan = MakeFilter(plan, Bound("greater_than", {quotient, Expression::BigInt(10)}));
  EXPECT_EQ(Calcs(MergeCalcs(plan)), 2);
}

TEST(CalcMergingTest, ADivisionByALiteralCannotFailAndMerges) {
  const LogicalPlan scan = ScanClicks();
  LogicalPlan plan = MakeFilter(scan, Bound("is_not_null", {Column(scan, 1)}));
  const ExpressionPtr quotient = Bound("divide", {Column(scan, 0), Expression::BigInt(10)});
  plan = MakeFilter(plan, Bound("greater_than", {quotient, Expression::BigInt(10)}));
  EXPECT_EQ(Calcs(MergeCalcs(plan)), 1);
}

TEST(CalcMergingTest, ANumberThatIsNarrowedCannotFailAndATextThatIsReadCan) {
  const LogicalPlan scan = ScanClicks();
  const LogicalPlan filtered = MakeFilter(scan, Bound("is_not_null", {Column(scan, 1)}));
  const auto calcs_with_cast_of = [&](int column) {
    const auto cast = BindCast(Column(scan, column), DataType::Int());
    CHECK_OK(cast.status());
    return Calcs(
        MergeCalcs(MakeFilter(filtered, Bound("greater_than", {*cast, Expression::Int(10)}))));
  };
  EXPECT_EQ(calcs_with_cast_of(0), 1);
  EXPECT_EQ(calcs_with_cast_of(1), 2);
}

TEST(CalcMergingTest, ATextThatIsLengthenedMayFailWhateverTheLength) {
  const LogicalPlan scan = ScanClicks();
  LogicalPlan plan = MakeFilter(scan, Bound("is_not_null", {Column(scan, 1)}));
  const ExpressionPtr text = Bound("repeat", {Column(scan, 1), Expression::Int(2'000'000'000)});
  plan = MakeFilter(plan, Bound("equals", {text, Column(scan, 1)}));
  EXPECT_EQ(Calcs(MergeCalcs(plan)), 2);
}

TEST(CalcMergingTest, APatternThatDiffersFromRowToRowMayFail) {
  const LogicalPlan scan = ScanClicks();
  const LogicalPlan filtered = MakeFilter(scan, Bound("is_not_null", {Column(scan, 1)}));
  const auto calcs_with_pattern = [&](ExpressionPtr pattern) {
    return Calcs(
        MergeCalcs(MakeFilter(filtered, Bound("like", {Column(scan, 1), std::move(pattern)}))));
  };
  EXPECT_EQ(calcs_with_pattern(Expression::String("/home%")), 1);
  EXPECT_EQ(calcs_with_pattern(Column(scan, 1)), 2);
}

TEST(CalcMergingTest, AZoneThatDiffersFromRowToRowMayFail) {
  const LogicalPlan scan = ScanClicks();
  const LogicalPlan filtered = MakeFilter(scan, Bound("is_not_null", {Column(scan, 1)}));
  const auto calcs_with_zone = [&](ExpressionPtr zone) {
    const ExpressionPtr text =
        Bound("convert_tz", {Column(scan, 1), Expression::String("UTC"), std::move(zone)});
    return Calcs(MergeCalcs(MakeFilter(filtered, Bound("is_not_null", {text}))));
  };
  EXPECT_EQ(calcs_with_zone(Expression::String("Asia/Tokyo")), 1);
  EXPECT_EQ(calcs_with_zone(Column(scan, 1)), 2);
}

TEST(CalcMergingTest, DoublingAtEveryLevelEndsInsteadOfGrowingWithoutBound) {
  LogicalPlan plan = Project(ScanClicks(), {Column(ScanClicks(), 0)}, {"id"});
  for (int level = 0; level < 60; ++level) {
    plan = Project(plan, {Bound("plus", {Column(plan, 0), Column(plan, 0)})}, {"id"});
  }
  const int calcs = Calcs(MergeCalcs(plan));
  EXPECT_GT(calcs, 1);
  EXPECT_LT(calcs, 10);
}

TEST(CalcMergingTest, ACalcThatChangesNothingIsDropped) {
  const LogicalPlan scan = ScanClicks();
  const LogicalPlan all =
      MergeCalcs(Project(scan, ColumnReferences(scan->output), ColumnNames(scan->output)));
  EXPECT_EQ(Calcs(DropIdentityCalcs(all)), 0);
}

TEST(CalcMergingTest, ACalcThatRenamesOrReordersStays) {
  const LogicalPlan scan = ScanClicks();
  const LogicalPlan swapped =
      MergeCalcs(Project(scan, {Column(scan, 1), Column(scan, 0)}, {"page", "id"}));
  EXPECT_EQ(Calcs(DropIdentityCalcs(swapped)), 1);
  std::vector<std::string> names = ColumnNames(scan->output);
  names[0] = "number";
  const LogicalPlan renamed = MergeCalcs(Project(scan, ColumnReferences(scan->output), names));
  EXPECT_EQ(Calcs(DropIdentityCalcs(renamed)), 1);
}

}  // namespace
}  // namespace millrace
