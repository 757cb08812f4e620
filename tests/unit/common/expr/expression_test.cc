#include "common/expr/expression.h"

#include <gtest/gtest.h>

#include "common/expr/function_registry.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/common/expr/evaluation.h"

namespace millrace {
namespace {

const Schema kClicks{{"page", DataType::String()},
                     {"price", DataType::BigInt()},
                     {"at", DataType::Timestamp(3)},
                     {"who", DataType::Row({"id"}, {DataType::Int().WithNullable(false)})}};

ExpressionPtr Column(int index) { return Expression::Column(index, kClicks.field(index).type); }

ExpressionPtr Bound(const std::string& function, std::vector<ExpressionPtr> arguments) {
  auto bound = BindCall(function, std::move(arguments));
  EXPECT_OK(bound);
  return *bound;
}

TEST(ExpressionTest, PrintsAsSqlWithColumnNumbersOrNames) {
  const ExpressionPtr dear = Bound(">", {Column(1), Expression::Int(100)});
  EXPECT_EQ(dear->ToString(), "($1 > 100)");
  EXPECT_EQ(dear->ToString(kClicks), "(price > 100)");
  const ExpressionPtr null = Bound("is_null", {Column(0)});
  EXPECT_EQ(Bound("and", {dear, Bound("not", {null})})->ToString(kClicks),
            "((price > 100) AND (NOT (page IS NULL)))");
}

TEST(ExpressionTest, PrintsCallsWithASyntaxOfTheirOwn) {
  EXPECT_EQ(Bound("case", {Bound("is_null", {Column(0)}), Expression::Int(1), Expression::Int(2)})
                ->ToString(kClicks),
            "CASE WHEN (page IS NULL) THEN 1 ELSE 2 END");
  EXPECT_EQ(Bound("extract", {Expression::String("HOUR"), Column(2)})->ToString(kClicks),
            "EXTRACT(HOUR FROM at)");
  EXPECT_EQ(Bound("floor", {Column(2), Expression::String("DAY")})->ToString(kClicks),
            "FLOOR(at TO DAY)");
  EXPECT_EQ(Bound("upper", {Column(0)})->ToString(kClicks), "UPPER(page)");
  EXPECT_EQ(Bound("like", {Column(0), Expression::String("a!%"), Expression::String("!")})
                ->ToString(kClicks),
            "(page LIKE 'a!%' ESCAPE '!')");
  EXPECT_EQ(Bound("in", {Column(1), Expression::Int(1), Expression::Int(2)})->ToString(kClicks),
            "(price IN (1, 2))");
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr cast, BindCast(Column(1), DataType::Int()));
  EXPECT_EQ(cast->ToString(kClicks), "CAST(price AS INT)");
}

TEST(ExpressionTest, PrintsTheTypeOfACastInATimeZoneToo) {
  const auto in_tokyo = [](const std::string& function, ExpressionPtr argument, DataType type) {
    return Expression::Call(function, {std::move(argument), Expression::String("Asia/Tokyo")},
                            std::move(type));
  };
  const ExpressionPtr instant = Expression::Column(2, DataType::TimestampLtz(3));
  EXPECT_EQ(in_tokyo("cast", instant, DataType::Date())->ToString(kClicks),
            "CAST(at AS DATE, 'Asia/Tokyo')");
  EXPECT_EQ(in_tokyo("try_cast", instant, DataType::Time(0))->ToString(kClicks),
            "TRY_CAST(at AS TIME(0), 'Asia/Tokyo')");
  const ExpressionPtr day = Expression::Call(
      "floor", {instant, Expression::String("DAY"), Expression::String("Asia/Tokyo")},
      DataType::TimestampLtz(3));
  EXPECT_EQ(day->ToString(kClicks), "FLOOR(at TO DAY, 'Asia/Tokyo')");
}

TEST(ExpressionTest, PrintsLiteralsThatReadBackAsThemselves) {
  EXPECT_EQ(Expression::String("it's")->ToString(), "'it''s'");
  EXPECT_EQ(Expression::Bool(true)->ToString(), "TRUE");
  EXPECT_EQ(Expression::Double(1)->ToString(), "1.0");
  EXPECT_EQ(Expression::Null(DataType::Int())->ToString(), "CAST(NULL AS INT)");
  EXPECT_EQ(Expression::Null(DataType::Null())->ToString(), "NULL");
  EXPECT_EQ(LiteralOf(Ts("2024-01-01 12:00:05"))->ToString(),
            "TIMESTAMP '2024-01-01 12:00:05.000'");
  EXPECT_EQ(LiteralOf(Day("2024-01-01"))->ToString(), "DATE '2024-01-01'");
  EXPECT_EQ(LiteralOf({DataType::Bytes(), "a\x01"})->ToString(), "X'6101'");
}

TEST(ExpressionTest, PrintsAnIntervalInItsLargestUnit) {
  EXPECT_EQ(Expression::IntervalDayTime(4000)->ToString(), "INTERVAL '4' SECOND");
  EXPECT_EQ(Expression::IntervalDayTime(86'400'000)->ToString(), "INTERVAL '1' DAY");
  EXPECT_EQ(Expression::IntervalDayTime(-1005)->ToString(), "INTERVAL '-1.005' SECOND");
  EXPECT_EQ(LiteralOf(Months(24))->ToString(), "INTERVAL '2' YEAR");
  EXPECT_EQ(LiteralOf(Months(5))->ToString(), "INTERVAL '5' MONTH");
}

TEST(ExpressionTest, AFieldOfANullableRowIsNullable) {
  const ExpressionPtr id = Expression::Field(Column(3), 0);
  EXPECT_EQ(id->type().ToString(), "INT");
  EXPECT_EQ(id->ToString(kClicks), "who.id");
}

}  // namespace
}  // namespace millrace
