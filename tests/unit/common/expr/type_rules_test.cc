#include "common/expr/type_rules.h"

#include <gtest/gtest.h>

#include "common/expr/function_registry.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

DataType T(const std::string& text) {
  auto type = DataType::Parse(text);
  EXPECT_OK(type);
  return *type;
}

struct Common {
  std::vector<std::string> types;
  std::string common;  // Empty: there is none.
};

TEST(TypeRulesTest, TheCommonTypeIsTheLeastThatHoldsAll) {
  const std::vector<Common> lines = {
      {{"INT", "BIGINT"}, "BIGINT"},
      {{"TINYINT", "SMALLINT"}, "SMALLINT"},
      {{"BIGINT", "FLOAT"}, "FLOAT"},
      {{"FLOAT", "DOUBLE"}, "DOUBLE"},
      {{"DECIMAL(10, 2)", "FLOAT"}, "DOUBLE"},
      {{"INT", "BIGINT", "DECIMAL(2, 2)"}, "DECIMAL(21, 2)"},
      {{"DECIMAL(38, 10)", "DECIMAL(38, 0)"}, "DECIMAL(38, 0)"},
      {{"CHAR(2)", "CHAR(3)"}, "VARCHAR(3)"},
      {{"CHAR(3)", "CHAR(3)"}, "CHAR(3)"},
      {{"CHAR(2)", "STRING"}, "STRING"},
      {{"TIMESTAMP(3)", "TIMESTAMP(6)"}, "TIMESTAMP(6)"},
      {{"TIMESTAMP(3)", "TIMESTAMP_LTZ(0)"}, "TIMESTAMP_LTZ(3)"},
      {{"DATE", "TIMESTAMP(3)"}, "TIMESTAMP(3)"},
      {{"INT NOT NULL", "INT"}, "INT"},
      {{"INT NOT NULL", "INT NOT NULL"}, "INT NOT NULL"},
      {{"ARRAY<INT>", "ARRAY<BIGINT>"}, "ARRAY<BIGINT>"},
      {{"ROW<a INT, b STRING>", "ROW<x DOUBLE, y STRING>"}, "ROW<a DOUBLE, b STRING>"},
      {{"INT", "STRING"}, ""},
      {{"BOOLEAN", "INT"}, ""},
      {{"DATE", "TIME(0)"}, ""},
      {{"INT", "ARRAY<INT>"}, ""},
  };
  for (const Common& line : lines) {
    std::vector<DataType> types;
    for (const std::string& type : line.types) types.push_back(T(type));
    const auto common = LeastRestrictive(types);
    EXPECT_EQ(common ? common->ToString() : "", line.common)
        << line.types[0] << ", " << line.types[1];
  }
}

TEST(TypeRulesTest, ABareNullHasNoPartInTheCommonTypeButMakesItNullable) {
  ASSERT_OK_AND_ASSIGN(const DataType type, CommonType({T("INT NOT NULL"), DataType::Null()}));
  EXPECT_EQ(type.ToString(), "INT");
  EXPECT_THAT(CommonType({DataType::Null(), DataType::Null()}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no common type")));
}

TEST(TypeRulesTest, ImplicitCastsNeverFail) {
  using Casts = std::vector<std::pair<std::string, std::string>>;
  for (const auto& [from, to] : Casts{{"INT", "BIGINT"},
                                      {"BIGINT", "DECIMAL(20, 0)"},
                                      {"DECIMAL(10, 2)", "DOUBLE"},
                                      {"CHAR(3)", "STRING"},
                                      {"DATE", "TIMESTAMP(3)"},
                                      {"TIMESTAMP(3)", "TIMESTAMP_LTZ(3)"}}) {
    EXPECT_GE(CastBetween(T(from), T(to)), CastKind::kImplicit) << from << " to " << to;
  }
  for (const auto& [from, to] : Casts{{"BIGINT", "INT"},
                                      {"STRING", "INT"},
                                      {"INT", "STRING"},
                                      {"DOUBLE", "FLOAT"},
                                      {"TIMESTAMP(3)", "DATE"},
                                      {"BOOLEAN", "INT"},
                                      {"STRING", "TIMESTAMP(3)"},
                                      {"BYTES", "STRING"}}) {
    EXPECT_EQ(CastBetween(T(from), T(to)), CastKind::kExplicit) << from << " to " << to;
  }
  for (const auto& [from, to] : Casts{{"INT", "TIMESTAMP(3)"},
                                      {"DATE", "INT"},
                                      {"DATE", "TIME(0)"},
                                      {"DOUBLE", "BOOLEAN"},
                                      {"ARRAY<INT>", "INT"},
                                      {"ROW<a INT>", "ROW<a INT, b INT>"}}) {
    EXPECT_EQ(CastBetween(T(from), T(to)), CastKind::kNone) << from << " to " << to;
  }
}

TEST(TypeRulesTest, ACastOfWhatIsAlreadyOfTheTypeIsTheValueItself) {
  const ExpressionPtr column = Expression::Column(0, T("INT NOT NULL"));
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr cast, BindCast(column, T("INT")));
  EXPECT_EQ(cast, column);
}

TEST(TypeRulesTest, CastsThatDoNotExistAreRefusedWithBothTypes) {
  const ExpressionPtr column = Expression::Column(0, T("INT"));
  EXPECT_THAT(BindCast(column, T("TIMESTAMP(3)")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "a value of type INT cannot be cast to TIMESTAMP(3)"));
  EXPECT_THAT(BindCast(column, T("STRING"), /*implicit=*/true),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "a value of type INT cannot stand for one of type STRING; write a CAST"));
}

TEST(TypeRulesTest, AnImplicitCastOfALiteralIsALiteral) {
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr cast,
                       BindCast(Expression::Int(7), T("BIGINT"), /*implicit=*/true));
  EXPECT_EQ(cast->kind(), ExpressionKind::kLiteral);
  EXPECT_EQ(cast->type().ToString(), "BIGINT NOT NULL");
  EXPECT_EQ(cast->ToString(), "7");
}

TEST(TypeRulesTest, DecimalResultsHaveFlinksPrecisionAndScale) {
  const DataType a = T("DECIMAL(10, 2)");
  const DataType b = T("DECIMAL(5, 3)");
  EXPECT_EQ(DecimalSum(a, b), T("DECIMAL(12, 3)"));
  EXPECT_EQ(DecimalProduct(a, b), T("DECIMAL(16, 5)"));
  EXPECT_EQ(DecimalQuotient(a, b), T("DECIMAL(19, 8)"));
  EXPECT_EQ(DecimalRemainder(a, b), T("DECIMAL(5, 3)"));
  // Nexmark's query 1: 0.908 * price.
  EXPECT_EQ(DecimalProduct(T("DECIMAL(3, 3)"), AsDecimal(T("BIGINT"))), T("DECIMAL(23, 3)"));
  // Past 38 digits the scale is cut, down to 6 digits.
  EXPECT_EQ(DecimalSum(T("DECIMAL(38, 8)"), T("DECIMAL(32, 8)")), T("DECIMAL(38, 7)"));
  EXPECT_EQ(DecimalProduct(T("DECIMAL(38, 18)"), T("DECIMAL(38, 18)")), T("DECIMAL(38, 6)"));
  EXPECT_EQ(DecimalQuotient(T("DECIMAL(38, 18)"), T("DECIMAL(38, 18)")), T("DECIMAL(38, 6)"));
  EXPECT_EQ(DecimalRounded(a, 1), T("DECIMAL(10, 1)"));
  EXPECT_EQ(DecimalRounded(a, -1), T("DECIMAL(9, 0)"));
  EXPECT_EQ(DecimalRounded(a, 2), a);
}

}  // namespace
}  // namespace millrace
