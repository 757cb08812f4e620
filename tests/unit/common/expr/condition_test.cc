#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/status_matchers.h"
#include "tests/unit/common/expr/evaluation.h"

namespace millrace {
namespace {

using testing::ElementsAre;

const Arg kUnknown = Null(DataType::Boolean());

TEST(LogicTest, AndOrAndNotHaveThreeValues) {
  CheckAll({{"and", {B(true), B(true)}, "TRUE"},
            {"and", {B(true), B(false)}, "FALSE"},
            {"and", {B(true), kUnknown}, "NULL"},
            {"and", {kUnknown, B(false)}, "FALSE"},
            {"and", {kUnknown, kUnknown}, "NULL"},
            {"or", {B(false), B(false)}, "FALSE"},
            {"or", {kUnknown, B(true)}, "TRUE"},
            {"or", {kUnknown, B(false)}, "NULL"},
            {"or", {B(false), B(false), B(true)}, "TRUE"},
            {"not", {B(true)}, "FALSE"},
            {"not", {kUnknown}, "NULL"}});
}

TEST(LogicTest, IsPredicatesAreNeverNull) {
  CheckAll({{"is_null", {kUnknown}, "TRUE"},
            {"is_null", {S("")}, "FALSE"},
            {"is_not_null", {I(0)}, "TRUE"},
            {"is_true", {kUnknown}, "FALSE"},
            {"is_true", {B(true)}, "TRUE"},
            {"is_not_true", {kUnknown}, "TRUE"},
            {"is_false", {B(false)}, "TRUE"},
            {"is_not_false", {kUnknown}, "TRUE"},
            {"is_unknown", {kUnknown}, "TRUE"},
            {"is_not_unknown", {B(false)}, "TRUE"}});
  EXPECT_EQ(TypeOf("is_null", {I(1)}), "BOOLEAN NOT NULL");
}

// More rows than a word of a bitmap, at an offset: every combination in every place.
TEST(LogicTest, WorksOnBitmapsOfAnyLengthAndOffset) {
  const Schema schema{{"a", DataType::Boolean()}, {"b", DataType::Boolean()}};
  const std::vector<Value> values = {true, false, nullptr};
  std::vector<RowValues> rows;
  for (int i = 0; i < 200; ++i) rows.push_back({values[i % 3], values[i / 3 % 3]});
  const ExpressionPtr both = *BindCall("and", {Expression::Column(0, DataType::Boolean()),
                                               Expression::Column(1, DataType::Boolean())});
  for (const int offset : {0, 3, 64, 67}) {
    const Batch batch = MakeBatch(schema, rows).Slice(offset, 200 - offset);
    const auto result = EvaluatedRows(both, schema, batch);
    for (int i = offset; i < 200; ++i) {
      const char* a[] = {"TRUE", "FALSE", "NULL"};
      const std::string left = a[i % 3];
      const std::string right = a[i / 3 % 3];
      const std::string expected = left == "FALSE" || right == "FALSE" ? "FALSE"
                                   : left == "NULL" || right == "NULL" ? "NULL"
                                                                       : "TRUE";
      ASSERT_EQ(result[i - offset], expected) << "row " << i << " at offset " << offset;
    }
  }
}

TEST(ComparisonTest, ComparesValuesOfEveryKind) {
  CheckAll({{"=", {I(1), L(1)}, "TRUE"},
            {"<>", {I(1), I(1)}, "FALSE"},
            {"<", {D(1), I(2)}, "TRUE"},
            {"<=", {S("a"), S("b")}, "TRUE"},
            {">", {S("ab"), S("a")}, "TRUE"},
            {">=", {Dec("1.5", 2, 1), I(2)}, "FALSE"},
            {"=", {Dec("1.50", 3, 2), Dec("1.5", 2, 1)}, "TRUE"},
            {"=", {B(true), B(false)}, "FALSE"},
            {"<", {Day("2024-01-01"), Ts("2024-01-01 00:00:01")}, "TRUE"},
            {"=", {Ts("2024-01-01", 3), Ts("2024-01-01", 6)}, "TRUE"},
            {"=", {I(1), Null(DataType::Int())}, "NULL"}});
}

TEST(ComparisonTest, AStringBesideATemporalIsReadAsOne) {
  CheckAll({{"=", {Ts("2024-01-01 12:00:00"), S("2024-01-01 12:00:00")}, "TRUE"},
            {">", {S("2024-01-02"), Day("2024-01-01")}, "TRUE"},
            {"between", {Clock("12:00"), S("11:00"), S("13:00")}, "TRUE"}});
  EXPECT_EQ(TypeOf("=", {I(1), S("1")}),
            "bind error: = cannot take (INT, STRING); it accepts two values of types that have a "
            "common type");
}

TEST(ComparisonTest, DistinctTreatsNullAsAValue) {
  const Arg null = Null(DataType::Int());
  CheckAll({{"is_distinct_from", {I(1), null}, "TRUE"},
            {"is_distinct_from", {null, null}, "FALSE"},
            {"is_distinct_from", {I(1), I(2)}, "TRUE"},
            {"is_not_distinct_from", {I(1), I(1)}, "TRUE"},
            {"is_not_distinct_from", {null, I(1)}, "FALSE"}});
}

TEST(ComparisonTest, BetweenAndInAreThreeValued) {
  const Arg null = Null(DataType::Int());
  CheckAll({{"between", {I(2), I(1), I(3)}, "TRUE"},
            {"between", {I(1), I(1), I(3)}, "TRUE"},
            {"between", {I(4), null, I(3)}, "FALSE"},
            {"not_between", {I(4), I(1), I(3)}, "TRUE"}});
  const Arg one{DataType::Int(), 1, true};
  const Arg two{DataType::BigInt(), int64_t{2}, true};
  const Arg nothing{DataType::Int(), nullptr, true};
  CheckAll({{"in", {I(2), one, two}, "TRUE"},
            {"in", {I(3), one, two}, "FALSE"},
            {"in", {I(3), one, nothing}, "NULL"},
            {"in", {null, one, two}, "NULL"},
            {"in", {I(3), I(1), I(3)}, "TRUE"},  // A list of columns.
            {"not_in", {I(3), one, two}, "TRUE"},
            {"in", {S("b"), Fixed("a"), Fixed("b")}, "TRUE"},
            {"in", {Dec("1.5", 2, 1), {DataType::Decimal(2, 1), "1.5", true}}, "TRUE"}});
}

TEST(CaseTest, TakesTheFirstTrueBranch) {
  CheckAll({{"case", {B(true), I(1), B(true), I(2), I(3)}, "1"},
            {"case", {kUnknown, I(1), B(true), I(2), I(3)}, "2"},
            {"case", {B(false), I(1), I(3)}, "3"},
            {"case", {B(false), I(1)}, "NULL"},
            {"case", {B(false), I(1), L(3)}, "3"},
            {"case", {B(true), S("a"), S("b")}, "a"},
            {"case", {B(true), B(true), kUnknown}, "TRUE"},
            {"case", {B(false), Dec("1.50", 3, 2), I(7)}, "7.00"},
            {"if", {B(true), S("a"), S("b")}, "a"}});
  EXPECT_EQ(TypeOf("case", {B(true), I(1), L(2)}), "BIGINT");
  EXPECT_EQ(TypeOf("case", {I(1), I(1), I(2)}).substr(0, 28), "bind error: CASE cannot take");
}

TEST(CaseTest, ChoosesAmongRowsOfAllTypes) {
  const Schema schema{{"k", DataType::Int()},
                      {"text", DataType::String()},
                      {"list", DataType::Array(DataType::Int())},
                      {"at", DataType::Timestamp(3)}};
  std::vector<RowValues> rows;
  for (int i = 0; i < 130; ++i) {
    const bool null = i % 5 == 4;
    rows.push_back({i < 64 ? 0 : i % 2, std::to_string(i),
                    null ? Value(nullptr) : Value(std::vector<Value>{i}), i});
  }
  const Batch batch = MakeBatch(schema, rows).Slice(1, 129);
  const auto column = [&](int i) { return Expression::Column(i, schema.field(i).type); };
  const ExpressionPtr first = *BindCall("=", {column(0), Expression::Int(0)});
  const auto choose = [&](ExpressionPtr a, ExpressionPtr b) {
    return EvaluatedRows(*BindCall("case", {first, std::move(a), std::move(b)}), schema, batch);
  };
  const auto texts = choose(column(1), Expression::String("other"));
  const auto lists = choose(column(2), Expression::Null(schema.field(2).type));
  const auto times = choose(Expression::Null(schema.field(3).type), column(3));
  for (int i = 1; i < 130; ++i) {
    const bool taken = i < 64 || i % 2 == 0;
    EXPECT_EQ(texts[i - 1], taken ? std::to_string(i) : "other");
    EXPECT_EQ(lists[i - 1], taken && i % 5 != 4 ? "[" + std::to_string(i) + "]" : "NULL");
    EXPECT_EQ(times[i - 1] == "NULL", taken) << i;
  }
}

TEST(CaseTest, ABranchThatIsNotTakenMayFail) {
  const Schema schema{{"x", DataType::Int()}};
  const ExpressionPtr x = Expression::Column(0, DataType::Int());
  const ExpressionPtr quotient = *BindCall("/", {Expression::Int(10), x});
  const ExpressionPtr nonzero = *BindCall("<>", {x, Expression::Int(0)});
  const ExpressionPtr guarded = *BindCall("case", {nonzero, quotient, Expression::Int(0)});
  EXPECT_THAT(EvaluatedRows(guarded, schema, MakeBatch(schema, {{5}, {0}, {nullptr}, {2}})),
              ElementsAre("2", "0", "0", "5"));
  const ExpressionPtr wrong = *BindCall("case", {nonzero, Expression::Int(0), quotient});
  EXPECT_THAT(
      EvaluatedRows(wrong, schema, MakeBatch(schema, {{5}, {0}})),
      ElementsAre("error: division by zero, in CASE WHEN (x <> 0) THEN 0 ELSE (10 / x) END"));
}

TEST(CaseTest, AConditionThatIsNotReachedMayFail) {
  const Schema schema{{"x", DataType::Int()}};
  const ExpressionPtr x = Expression::Column(0, DataType::Int());
  const ExpressionPtr quotient = *BindCall("/", {Expression::Int(10), x});
  const ExpressionPtr big = *BindCall(">", {quotient, Expression::Int(3)});
  const ExpressionPtr zero = *BindCall("=", {x, Expression::Int(0)});
  const auto one = Expression::Int(1);
  const auto two = Expression::Int(2);
  EXPECT_THAT(EvaluatedRows(*BindCall("case", {zero, one, big, two}), schema,
                            MakeBatch(schema, {{0}, {2}, {9}})),
              ElementsAre("1", "2", "NULL"));
  EXPECT_THAT(EvaluatedRows(*BindCall("case", {big, two, zero, one}), schema,
                            MakeBatch(schema, {{2}, {0}})),
              ElementsAre(testing::StartsWith("error: division by zero")));
}

TEST(CaseTest, AndOrStopAtTheFirstDecisionAsFlinkDoes) {
  const Schema schema{{"x", DataType::Int()}};
  const ExpressionPtr x = Expression::Column(0, DataType::Int());
  const ExpressionPtr big =
      *BindCall(">", {*BindCall("/", {Expression::Int(10), x}), Expression::Int(3)});
  const ExpressionPtr zero = *BindCall("=", {x, Expression::Int(0)});
  const ExpressionPtr nonzero = *BindCall("not", {zero});
  const Batch batch = MakeBatch(schema, {{2}, {0}, {9}});
  EXPECT_THAT(EvaluatedRows(*BindCall("and", {nonzero, big}), schema, batch),
              ElementsAre("TRUE", "FALSE", "FALSE"));
  EXPECT_THAT(EvaluatedRows(*BindCall("or", {zero, big}), schema, batch),
              ElementsAre("TRUE", "TRUE", "FALSE"));
  EXPECT_THAT(EvaluatedRows(*BindCall("and", {big, nonzero}), schema, batch),
              ElementsAre(testing::StartsWith("error: division by zero")));
}

TEST(CaseTest, AConstantThatFailsCountsOnlyWhereItIsTaken) {
  const Schema schema{{"x", DataType::Int()}};
  const ExpressionPtr x = Expression::Column(0, DataType::Int());
  const ExpressionPtr broken = *BindCall("/", {Expression::Int(1), Expression::Int(0)});
  const ExpressionPtr positive = *BindCall(">", {x, Expression::Int(0)});
  const ExpressionPtr guarded = *BindCall("case", {positive, x, broken});
  EXPECT_THAT(EvaluatedRows(guarded, schema, MakeBatch(schema, {{1}, {2}})), ElementsAre("1", "2"));
  EXPECT_THAT(EvaluatedRows(guarded, schema, MakeBatch(schema, {{1}, {-2}})),
              ElementsAre(testing::StartsWith("error: division by zero")));
}

TEST(CoalesceTest, TakesTheFirstThatIsNotNull) {
  const Arg null = Null(DataType::Int());
  CheckAll({{"coalesce", {null, I(2), I(3)}, "2"},
            {"coalesce", {null, null}, "NULL"},
            {"coalesce", {null, L(5)}, "5"},
            {"ifnull", {Null(DataType::String()), S("x")}, "x"},
            {"nullif", {I(1), I(1)}, "NULL"},
            {"nullif", {I(1), L(2)}, "1"}});
  EXPECT_EQ(TypeOf("nullif", {I(1), L(2)}), "INT");
}

TEST(CoalesceTest, ALaterArgumentMayFailWhereItIsNotNeeded) {
  const Schema schema{{"x", DataType::Int()}, {"y", DataType::Int()}};
  const ExpressionPtr x = Expression::Column(0, DataType::Int());
  const ExpressionPtr y = Expression::Column(1, DataType::Int());
  const ExpressionPtr value = *BindCall("coalesce", {x, *BindCall("/", {Expression::Int(6), y})});
  EXPECT_THAT(EvaluatedRows(value, schema, MakeBatch(schema, {{1, 0}, {nullptr, 3}})),
              ElementsAre("1", "2"));
}

TEST(GreatestTest, IsNullIfAnArgumentIs) {
  CheckAll({{"greatest", {I(1), I(3), L(2)}, "3"},
            {"least", {I(1), I(3), Dec("0.5", 2, 1)}, "0.5"},
            {"greatest", {I(1), Null(DataType::Int())}, "NULL"},
            {"least", {S("b"), S("a")}, "a"}});
}

}  // namespace
}  // namespace millrace
