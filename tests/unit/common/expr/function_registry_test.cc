#include "common/expr/function_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/harness/status_matchers.h"
#include "tests/unit/common/expr/evaluation.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

ExpressionPtr Column(const DataType& type) { return Expression::Column(0, type); }

TEST(FunctionRegistryTest, NamesAreFoundInAnyCaseBySymbolAndByAlias) {
  const ExpressionPtr number = Column(DataType::Int());
  for (const char* name : {"plus", "PLUS", "+"}) {
    ASSERT_OK_AND_ASSIGN(const ExpressionPtr sum, BindCall(name, {number, number}));
    EXPECT_EQ(sum->function(), "plus");
  }
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr substring,
                       BindCall("Substr", {Column(DataType::String()), Expression::Int(1)}));
  EXPECT_EQ(substring->function(), "substring");
}

TEST(FunctionRegistryTest, AnUnknownNameIsAnsweredWithASimilarOne) {
  EXPECT_THAT(
      BindCall("UPER", {Column(DataType::String())}),
      StatusIs(absl::StatusCode::kNotFound, "there is no function UPER; did you mean 'UPPER'?"));
}

TEST(FunctionRegistryTest, AFunctionOfFlinksThatIsNotBuiltYetIsNamedAsSuch) {
  EXPECT_THAT(BindCall("parse_json", {}),
              StatusIs(absl::StatusCode::kUnimplemented,
                       "the function PARSE_JSON is valid in Flink, but not built yet"));
}

TEST(FunctionRegistryTest, WrongArgumentsAreAnsweredWithTheSignatures) {
  EXPECT_THAT(BindCall("upper", {Column(DataType::Int())}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "UPPER cannot take (INT); it accepts UPPER(STRING)"));
  EXPECT_THAT(BindCall("substring", {Column(DataType::String())}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("SUBSTRING(STRING, BIGINT)"),
                             HasSubstr("SUBSTRING(STRING, BIGINT, BIGINT)"))));
  EXPECT_THAT(BindCall("cast", {Column(DataType::Int())}),
              StatusIs(absl::StatusCode::kInvalidArgument, "CAST takes CAST(value AS type)"));
}

TEST(FunctionRegistryTest, ArgumentsAreWidenedButNotNarrowed) {
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr root, BindCall("sqrt", {Column(DataType::Int())}));
  EXPECT_EQ(root->ToString(), "SQRT(CAST($0 AS DOUBLE))");
  EXPECT_THAT(BindCall("regexp_extract", {Column(DataType::String()), Expression::String("a"),
                                          Expression::BigInt(1)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("BIGINT")));
}

TEST(FunctionRegistryTest, ALiteralIsWidenedInPlace) {
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr less,
                       BindCall("<", {Column(DataType::BigInt()), Expression::Int(5)}));
  EXPECT_EQ(less->ToString(), "($0 < 5)");
  EXPECT_EQ(less->arguments()[1]->type().ToString(), "BIGINT NOT NULL");
}

TEST(FunctionRegistryTest, ABareNullTakesTheTypeThatIsAskedFor) {
  const ExpressionPtr null = Expression::Null(DataType::Null());
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr upper, BindCall("upper", {null}));
  EXPECT_EQ(upper->ToString(), "UPPER(CAST(NULL AS STRING))");
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr sum, BindCall("+", {Column(DataType::BigInt()), null}));
  EXPECT_EQ(sum->type().ToString(), "BIGINT");
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr equal, BindCall("=", {null, null}));
  EXPECT_EQ(equal->type().ToString(), "BOOLEAN");
}

TEST(FunctionRegistryTest, ResultsAreNotNullIfNoArgumentIsNullable) {
  const ExpressionPtr text = Column(DataType::String().WithNullable(false));
  EXPECT_FALSE((*BindCall("upper", {text}))->type().nullable());
  EXPECT_TRUE((*BindCall("upper", {Column(DataType::String())}))->type().nullable());
  EXPECT_TRUE((*BindCall("to_date", {text}))->type().nullable());
}

// What the evaluator relies on: a call is bound to itself.
TEST(FunctionRegistryTest, BindingABoundCallGivesItBack) {
  const ExpressionPtr number = Column(DataType::Int());
  const ExpressionPtr text = Column(DataType::String());
  const ExpressionPtr moment = Column(DataType::Timestamp(6));
  for (const ExpressionPtr& call :
       {*BindCall("+", {number, Expression::BigInt(1)}),
        *BindCall("*", {Expression::Int(2), number}),
        *BindCall("case", {*BindCall("is_null", {text}), number}),
        *BindCall("coalesce", {number, Expression::Double(1)}),
        *BindCall("greatest", {number, Expression::BigInt(1)}),
        *BindCall("=", {moment, Expression::String("2024-01-01")}),
        *BindCall("in", {number, Expression::Int(1), Expression::BigInt(2)}),
        *BindCall("||", {text, text}), *BindCall("floor", {moment, Expression::String("DAY")})}) {
    ASSERT_OK_AND_ASSIGN(const ExpressionPtr again, BindCall(call->function(), call->arguments()));
    EXPECT_EQ(again->ToString(), call->ToString());
    EXPECT_EQ(again->type(), call->type());
    EXPECT_EQ(again->arguments(), call->arguments());
  }
}

TEST(FunctionRegistryTest, NamesAreListedSortedWithoutOperators) {
  const auto names = FunctionNames();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_THAT(names, Contains("UPPER"));
  EXPECT_THAT(names, Contains("MOD"));
  EXPECT_THAT(names, Not(Contains("PLUS")));
  EXPECT_THAT(names, Not(Contains("%")));
  EXPECT_THAT(names, Not(Contains("LIKE")));
}

}  // namespace
}  // namespace millrace
