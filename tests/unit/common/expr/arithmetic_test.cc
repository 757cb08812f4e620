#include <gtest/gtest.h>

#include <limits>

#include "tests/harness/status_matchers.h"
#include "tests/unit/common/expr/evaluation.h"

namespace millrace {
namespace {

constexpr int kMinInt = std::numeric_limits<int>::min();
constexpr int kMaxInt = std::numeric_limits<int>::max();
constexpr int64_t kMinBigInt = std::numeric_limits<int64_t>::min();

TEST(ArithmeticTest, IntegersAddSubtractAndMultiply) {
  CheckAll({{"plus", {I(2), I(3)}, "5"},
            {"+", {L(2), I(-3)}, "-1"},
            {"minus", {I(2), I(3)}, "-1"},
            {"times", {L(6), L(7)}, "42"},
            {"-", {I(5)}, "-5"},
            {"negate", {Dec("1.50", 4, 2)}, "-1.50"}});
}

TEST(ArithmeticTest, IntegersWrapAroundAsInJava) {
  CheckAll({{"plus", {I(kMaxInt), I(1)}, "-2147483648"},
            {"times", {I(kMinInt), I(-1)}, "-2147483648"},
            {"divide", {I(kMinInt), I(-1)}, "-2147483648"},
            {"mod", {I(kMinInt), I(-1)}, "0"},
            {"negate", {L(kMinBigInt)}, "-9223372036854775808"},
            {"abs", {I(kMinInt)}, "-2147483648"},
            {"plus", {{DataType::TinyInt(), 127}, {DataType::TinyInt(), 1}}, "-128"}});
}

TEST(ArithmeticTest, DivisionOfIntegersCutsTowardZero) {
  CheckAll({{"/", {I(7), I(2)}, "3"},
            {"/", {I(-7), I(2)}, "-3"},
            {"%", {I(-7), I(2)}, "-1"},
            {"mod", {L(7), I(-2)}, "1"}});
}

TEST(ArithmeticTest, DivisionOfAnIntegerOrDecimalByZeroFails) {
  CheckAll(
      {{"/", {I(7), I(0)}, "error: division by zero, in (7 / 0)"},
       {"%", {L(7), L(0)}, "error: division by zero, in (7 % 0)"},
       {"/", {Dec("1.5", 2, 1), Dec("0.0", 2, 1)}, "error: division by zero, in (1.5 / 0.0)"}});
}

TEST(ArithmeticTest, DoublesFollowIeee) {
  CheckAll({{"/", {D(1), D(0)}, "Infinity"},
            {"/", {I(1), D(4)}, "0.25"},
            {"%", {D(5.5), D(2)}, "1.5"},
            {"plus", {D(0.1), D(0.2)}, "0.30000000000000004"}});
}

TEST(ArithmeticTest, DecimalsAreExactAndRoundedHalfUp) {
  CheckAll({{"plus", {Dec("1.10", 5, 2), Dec("2.205", 5, 3)}, "3.305"},
            {"minus", {Dec("1.10", 5, 2), I(3)}, "-1.90"},
            {"times", {Dec("0.908", 3, 3), L(1000)}, "908.000"},
            {"/", {Dec("1.00", 3, 2), Dec("3.00", 3, 2)}, "0.333333"},
            {"/", {Dec("2.00", 3, 2), Dec("-3.00", 3, 2)}, "-0.666667"},
            {"%", {Dec("-7.5", 3, 1), Dec("2.0", 3, 1)}, "-1.5"},
            {"times", {Dec("1.5", 2, 1), D(2)}, "3.0"}});
}

TEST(ArithmeticTest, ADecimalThatIsTooLongIsNull) {
  const std::string nines(38, '9');
  std::string nines_and_eight = nines;
  nines_and_eight.back() = '8';
  CheckAll({{"times", {Dec(nines, 38, 0), Dec(nines, 38, 0)}, "NULL"},
            {"plus", {Dec(nines, 38, 0), Dec("1", 38, 0)}, "NULL"},
            {"minus", {Dec(nines, 38, 0), Dec("1", 38, 0)}, nines_and_eight.c_str()}});
}

TEST(ArithmeticTest, NullInGivesNullOut) {
  CheckAll({{"plus", {I(1), Null(DataType::Int())}, "NULL"},
            {"/", {Null(DataType::Int()), I(0)}, "NULL"},
            {"negate", {Null(DataType::Double())}, "NULL"}});
}

TEST(ArithmeticTest, ResultTypesAreFlinks) {
  EXPECT_EQ(TypeOf("/", {I(1), I(1)}), "INT");
  EXPECT_EQ(TypeOf("+", {I(1), L(1)}), "BIGINT");
  EXPECT_EQ(TypeOf("+", {L(1), {DataType::Float(), 1.0}}), "FLOAT");
  EXPECT_EQ(TypeOf("%", {L(1), I(1)}), "INT");
  EXPECT_EQ(TypeOf("*", {Dec("1", 3, 3), L(1)}), "DECIMAL(23, 3)");
  EXPECT_EQ(TypeOf("/", {Dec("1", 10, 2), I(1)}), "DECIMAL(21, 13)");
  EXPECT_EQ(TypeOf("+", {Ts("2024-01-01"), Millis(1)}), "TIMESTAMP(3)");
}

TEST(ArithmeticTest, IntervalsMoveTemporals) {
  CheckAll({
      {"minus", {Ts("2024-01-01 00:00:03"), Millis(4000)}, "2023-12-31 23:59:59.000"},
      {"plus", {Millis(1), Ts("2024-01-01", 6)}, "2024-01-01 00:00:00.001000"},
      {"plus", {Ts("2024-01-31"), Months(1)}, "2024-02-29 00:00:00.000"},
      {"minus", {Day("2024-03-31"), Months(13)}, "2023-02-28"},
      {"plus", {Day("2024-02-28"), Millis(2 * 86'400'000)}, "2024-03-01"},
      {"plus", {Clock("23:59:59"), Millis(2000)}, "00:00:01.000"},
      {"plus", {Millis(1000), Millis(500)}, "+0 00:00:01.500"},
      {"times", {I(3), Millis(1000)}, "+0 00:00:03.000"},
      {"minus", {Months(1), Months(14)}, "-1-01"},
      {"negate", {Millis(1000)}, "-0 00:00:01.000"},
  });
}

TEST(ArithmeticTest, WhatCannotBeAddedIsRefusedWithWhatCan) {
  EXPECT_EQ(TypeOf("+", {I(1), S("a")}),
            "bind error: + cannot take (INT, STRING); it accepts two numbers, a date, time or "
            "timestamp and an interval (+ and - only), or intervals; the time between two "
            "timestamps is TIMESTAMPDIFF");
  EXPECT_EQ(TypeOf("-", {Ts("2024-01-01"), Ts("2024-01-01")}).substr(0, 27),
            "bind error: - cannot take (");
}

TEST(MathTest, FloorAndCeilKeepTheType) {
  CheckAll({{"floor", {Dec("-1.5", 2, 1)}, "-2"},
            {"ceil", {Dec("-1.5", 2, 1)}, "-1"},
            {"ceiling", {Dec("1.1", 2, 1)}, "2"},
            {"floor", {D(-1.5)}, "-2.0"},
            {"ceil", {I(7)}, "7"}});
  EXPECT_EQ(TypeOf("floor", {Dec("1.5", 2, 1)}), "DECIMAL(2, 0)");
}

TEST(MathTest, RoundsHalfUpInDecimalDigits) {
  CheckAll({{"round", {D(2.5)}, "3.0"},
            {"round", {D(-2.5)}, "-3.0"},
            {"round", {D(1.005), I(2)}, "1.01"},
            {"round", {D(12345.678), I(-2)}, "12300.0"},
            {"round", {I(15), I(-1)}, "20"},
            {"round", {I(-15), I(-1)}, "-20"},
            {"round", {Dec("1.245", 4, 3), {DataType::Int(), 2, true}}, "1.25"},
            {"round", {Dec("-1.245", 4, 3), {DataType::Int(), -1, true}}, "0"},
            {"round", {Dec("1.5", 2, 1)}, "2"}});
}

TEST(MathTest, RoundsToAnyNumberOfDigits) {
  const auto literal = [](int digits) { return Arg{DataType::Int(), digits, true}; };
  CheckAll({{"round", {Dec("1.50", 4, 2), literal(kMinInt)}, "0"},
            {"round", {Dec("1.50", 4, 2), literal(kMaxInt)}, "1.50"},
            {"truncate", {Dec("1.50", 4, 2), literal(kMinInt)}, "0"},
            {"round", {D(1.5), I(kMinInt)}, "0.0"},
            {"round", {D(1.5), I(kMaxInt)}, "1.5"},
            {"round", {L(15), I(kMinInt)}, "0"},
            {"truncate", {L(15), I(kMinInt)}, "0"}});
  // The digits as a column, whose value the type of the result does not know.
  const Schema schema({{"x", DataType::Decimal(4, 2)}, {"digits", DataType::Int()}});
  const Batch batch = MakeBatch(schema, {{"1.55", kMinInt}, {"1.55", 1}, {"1.55", kMaxInt}});
  const auto round = BindCall("round", {Expression::Column(0, DataType::Decimal(4, 2)),
                                        Expression::Column(1, DataType::Int())});
  ASSERT_TRUE(round.ok()) << round.status();
  EXPECT_EQ(EvaluatedRows(*round, schema, batch),
            (std::vector<std::string>{"0.00", "1.60", "1.55"}));
}

TEST(MathTest, ComputesInDouble) {
  CheckAll({{"power", {I(2), I(10)}, "1024.0"},
            {"sqrt", {I(2)}, "1.4142135623730951"},
            {"sqrt", {D(-1)}, "NaN"},
            {"ln", {D(1)}, "0.0"},
            {"log", {D(2), D(8)}, "3.0"},
            {"log10", {Dec("100", 3, 0)}, "2.0"},
            {"abs", {D(-1.5)}, "1.5"},
            {"abs", {Dec("-1.5", 2, 1)}, "1.5"},
            {"sign", {Dec("-1.5", 2, 1)}, "-1.0"},
            {"sign", {Dec("0.5", 3, 3)}, "NULL"},
            {"sign", {Dec("0", 38, 38)}, "0.00000000000000000000000000000000000000"},
            {"sign", {I(0)}, "0"}});
}

}  // namespace
}  // namespace millrace
