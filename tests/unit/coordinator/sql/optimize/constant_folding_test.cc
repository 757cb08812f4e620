#include "coordinator/sql/optimize/constant_folding.h"

#include <gtest/gtest.h>

#include "tests/unit/coordinator/sql/optimize/plans.h"

namespace millrace {
namespace {

const DataType kBool = DataType::Boolean();

std::string Folded(const ExpressionPtr& expression) {
  return FoldConstants(expression)->ToString();
}

TEST(ConstantFoldingTest, ComputesCallsOfLiterals) {
  EXPECT_EQ(Folded(Bound("plus", {Expression::Int(1), Expression::Int(2)})), "3");
  EXPECT_EQ(Folded(Bound("upper", {Expression::String("abc")})), "'ABC'");
}

TEST(ConstantFoldingTest, FoldsBelowAColumnReference) {
  const ExpressionPtr sum = Bound("plus", {Expression::Int(1), Expression::Int(2)});
  EXPECT_EQ(Folded(Bound("greater_than", {Expression::Column(0, DataType::Int()), sum})),
            "($0 > 3)");
}

TEST(ConstantFoldingTest, KeepsTheTypeThatACallHadBeforeItsArgumentsWereLiterals) {
  const ExpressionPtr digits = Bound("plus", {Expression::Int(1), Expression::Int(1)});
  const ExpressionPtr value =
      Bound("divide", {Expression::Int(3), Bound("abs", {Expression::Int(2)})});
  const ExpressionPtr price = *BindCast(value, DataType::Decimal(10, 3));
  const ExpressionPtr round = Bound("round", {price, digits});
  EXPECT_EQ(round->type().ToString(), price->type().ToString());
  const ExpressionPtr folded = FoldConstants(round);
  EXPECT_EQ(folded->ToString(), "1.000");
  EXPECT_EQ(folded->type().ToString(), price->type().ToString());
}

TEST(ConstantFoldingTest, LeavesAFailingCallForTheRowThatReachesIt) {
  const ExpressionPtr division = Bound("divide", {Expression::Int(1), Expression::Int(0)});
  EXPECT_EQ(FoldConstants(division)->kind(), ExpressionKind::kCall);
}

TEST(ConstantFoldingTest, AndAndOrLoseWhatDecidesNothing) {
  const ExpressionPtr column = Expression::Column(0, kBool);
  EXPECT_EQ(Folded(Bound("and", {column, Expression::Bool(true)})), "$0");
  EXPECT_EQ(Folded(Bound("or", {column, Expression::Bool(false)})), "$0");
}

TEST(ConstantFoldingTest, AndWithFalseAndOrWithTrueAreDecidedWhateverTheRest) {
  const ExpressionPtr column = Expression::Column(0, kBool);
  EXPECT_EQ(Folded(Bound("and", {column, Expression::Bool(false)})),
            Expression::Bool(false)->ToString());
  EXPECT_EQ(Folded(Bound("or", {column, Expression::Bool(true)})),
            Expression::Bool(true)->ToString());
}

TEST(ConstantFoldingTest, AFilterThatKeepsEveryRowGoesAway) {
  const LogicalPlan scan = ScanClicks();
  const LogicalPlan filter =
      MakeFilter(scan, Bound("equals", {Expression::Int(1), Expression::Int(1)}));
  EXPECT_TRUE(std::holds_alternative<LogicalScan>(FoldConstants(filter)->spec));
}

}  // namespace
}  // namespace millrace
