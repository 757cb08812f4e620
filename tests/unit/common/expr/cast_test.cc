#include <gtest/gtest.h>

#include <limits>

#include "tests/harness/status_matchers.h"
#include "tests/unit/common/expr/evaluation.h"

namespace millrace {
namespace {

struct CastLine {
  Arg from;
  DataType to;
  std::string expected;
};

void CheckCasts(const std::vector<CastLine>& lines) {
  for (const CastLine& line : lines) {
    EXPECT_EQ(Cast(line.from, line.to), line.expected)
        << "line " << (&line - lines.data() + 1) << ": " << line.from.type.ToString() << " to "
        << line.to.ToString();
  }
}

TEST(CastTest, NumbersNarrowAsInJava) {
  CheckCasts({{L(4294967297), DataType::Int(), "1"},
              {I(300), DataType::TinyInt(), "44"},
              {D(2.9), DataType::Int(), "2"},
              {D(-2.9), DataType::BigInt(), "-2"},
              {D(1e30), DataType::BigInt(), "9223372036854775807"},
              {D(1e30), DataType::Int(), "2147483647"},
              {D(std::numeric_limits<double>::quiet_NaN()), DataType::Int(), "0"},
              {I(7), DataType::Double(), "7.0"},
              {D(0.1), DataType::Float(), "0.1"}});
}

TEST(CastTest, DecimalsRoundHalfUpAndOverflowToNull) {
  CheckCasts({{Dec("12.345", 5, 3), DataType::Decimal(4, 2), "12.35"},
              {Dec("123.4", 4, 1), DataType::Decimal(3, 1), "NULL"},
              {I(12), DataType::Decimal(5, 2), "12.00"},
              {I(1234), DataType::Decimal(5, 2), "NULL"},
              {D(1.005), DataType::Decimal(4, 2), "1.01"},
              {D(1e20), DataType::Decimal(30, 0), "100000000000000000000"},
              {D(1e-20), DataType::Decimal(30, 2), "0.00"},
              {Dec("12.99", 4, 2), DataType::Int(), "12"},
              {Dec("-12.99", 4, 2), DataType::BigInt(), "-12"},
              {Dec("12.5", 3, 1), DataType::Double(), "12.5"},
              {B(true), DataType::Decimal(3, 1), "1.0"},
              {B(true), DataType::Decimal(2, 2), "NULL"},
              {B(false), DataType::Decimal(2, 2), "0.00"}});
}

TEST(CastTest, BooleansAreOneAndZero) {
  CheckCasts({{B(true), DataType::Int(), "1"},
              {I(5), DataType::Boolean(), "TRUE"},
              {L(0), DataType::Boolean(), "FALSE"},
              {S(" Yes "), DataType::Boolean(), "TRUE"},
              {S("f"), DataType::Boolean(), "FALSE"}});
}

TEST(CastTest, StringsAreReadAsFlinkReadsThem) {
  CheckCasts(
      {{S(" 42 "), DataType::Int(), "42"},
       {S("-1.9"), DataType::Int(), "-1"},
       {S("+7"), DataType::BigInt(), "7"},
       {S("1e3"), DataType::Double(), "1000.0"},
       {S("-Infinity"), DataType::Double(), "-Infinity"},
       {S("1.25"), DataType::Float(), "1.25"},
       {S("12.345"), DataType::Decimal(5, 2), "12.35"},
       {S("1E2"), DataType::Decimal(5, 2), "100.00"},
       {S("2024-2-3"), DataType::Date(), "2024-02-03"},
       {S("2024-02-03 10:00:00"), DataType::Date(), "2024-02-03"},
       {S("12:30"), DataType::Time(0), "12:30:00"},
       {S("2024-01-01T12:00:05.1239"), DataType::Timestamp(3), "2024-01-01 12:00:05.123"},
       {S("2024-01-01 12:00:00+02:00"), DataType::TimestampLtz(3), "2024-01-01 10:00:00.000"}});
}

TEST(CastTest, AStringThatDoesNotFitFailsWithItsTextAndIsNullInTryCast) {
  EXPECT_EQ(Cast(S("abc"), DataType::Int()),
            "error: cannot cast 'abc' to INT, in CAST('abc' AS INT)");
  EXPECT_EQ(Cast(S("128"), DataType::TinyInt()),
            "error: cannot cast '128' to TINYINT, in CAST('128' AS TINYINT)");
  EXPECT_EQ(Cast(S("2024-13-01"), DataType::Date()),
            "error: cannot cast '2024-13-01' to DATE, in CAST('2024-13-01' AS DATE)");
  EXPECT_EQ(Cast(S("12345"), DataType::Decimal(5, 2)),
            "error: cannot cast '12345' to DECIMAL(5, 2), in CAST('12345' AS DECIMAL(5, 2))");
  EXPECT_EQ(Cast(S(""), DataType::Decimal(5, 2)),
            "error: cannot cast '' to DECIMAL(5, 2), in CAST('' AS DECIMAL(5, 2))");
  EXPECT_EQ(TryCast(S("abc"), DataType::Int()), "NULL");
  EXPECT_EQ(TryCast(S("12"), DataType::Int()), "12");
  EXPECT_EQ(TryCast(S("maybe"), DataType::Boolean()), "NULL");
}

TEST(CastTest, ValuesPrintInTheirSqlForm) {
  CheckCasts(
      {{B(true), DataType::String(), "TRUE"},
       {D(1e10), DataType::String(), "1.0E10"},
       {Dec("1.50", 3, 2), DataType::String(), "1.50"},
       {Ts("2024-01-01 12:00:05", 3), DataType::String(), "2024-01-01 12:00:05.000"},
       {Ts("2024-01-01 12:00:05", 0), DataType::String(), "2024-01-01 12:00:05"},
       {Millis(93784005), DataType::String(), "+1 02:03:04.005"},
       {I(12345), DataType::Varchar(3), "123"},
       {S("ab"), DataType::Char(4), "ab  "},
       {S("äöü"), DataType::Varchar(2), "äö"},
       {{DataType::Bytes(), "abc"}, DataType::String(), "abc"},
       {{DataType::Bytes(), "a\x80z"}, DataType::String(), "a\xef\xbf\xbdz"},
       {{DataType::Bytes(), "\xe2\x82"}, DataType::Char(2), "\xef\xbf\xbd "},
       {{DataType::Array(DataType::Bytes()), std::vector<Value>{"\xff", "b"}},
        DataType::String(),
        "[\xef\xbf\xbd, b]"},
       {{DataType::Array(DataType::Int()), Value({1, nullptr})}, DataType::String(), "[1, NULL]"}});
}

TEST(CastTest, TemporalsConvertInUtc) {
  CheckCasts(
      {{Ts("2024-01-01 12:34:56.789"), DataType::Date(), "2024-01-01"},
       {Ts("1969-12-31 23:59:59.999"), DataType::Date(), "1969-12-31"},
       {Ts("2024-01-01 12:34:56.789"), DataType::Time(0), "12:34:56"},
       {Ts("2024-01-01 12:34:56.789"), DataType::Timestamp(1), "2024-01-01 12:34:56.7"},
       {Ts("1969-12-31 23:59:59.999"), DataType::Timestamp(6), "1969-12-31 23:59:59.999000"},
       {Ts("2024-01-01 12:34:56.789123", 6), DataType::Timestamp(3), "2024-01-01 12:34:56.789"},
       {Day("2024-01-01"), DataType::TimestampLtz(3), "2024-01-01 00:00:00.000"},
       {Clock("12:00"), DataType::Timestamp(3), "1970-01-01 12:00:00.000"}});
}

TEST(CastTest, NestedValuesAreCastChildByChild) {
  const Arg list{DataType::Array(DataType::String()), Value({"1", nullptr, "3"})};
  EXPECT_EQ(Cast(list, DataType::Array(DataType::BigInt())), "[1, NULL, 3]");
  const Arg row{DataType::Row({"a", "b"}, {DataType::Int(), DataType::String()}), Value({1, "x"})};
  EXPECT_EQ(Cast(row, DataType::Row({"x", "y"}, {DataType::Double(), DataType::String()})),
            "(1.0, x)");
  const Arg map{DataType::Map(DataType::String(), DataType::Int()), Value({Value({"k", 1})})};
  EXPECT_EQ(Cast(map, DataType::Map(DataType::String(), DataType::String())), "{k=1}");
  const Arg bad{DataType::Array(DataType::String()), Value({"1", "x"})};
  EXPECT_EQ(Cast(bad, DataType::Array(DataType::Int())).substr(0, 29),
            "error: cannot cast 'x' to INT");
}

TEST(CastTest, NullStaysNull) {
  CheckCasts({{Null(DataType::String()), DataType::Int(), "NULL"},
              {Null(DataType::Int()), DataType::String(), "NULL"},
              {Null(DataType::Timestamp(3)), DataType::Date(), "NULL"}});
  EXPECT_EQ((*BindCast(Expression::Null(DataType::Null()), DataType::Int()))->ToString(),
            "CAST(NULL AS INT)");
}

}  // namespace
}  // namespace millrace
