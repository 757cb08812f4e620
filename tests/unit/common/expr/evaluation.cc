#include "tests/unit/common/expr/evaluation.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/columnar/value_format.h"

namespace millrace {
namespace {

using Bind = std::function<absl::StatusOr<ExpressionPtr>(std::vector<ExpressionPtr>)>;

std::string TextOf(const DataType& type, const arrow::Array& column, int64_t row) {
  std::string text;
  AppendSqlValue(type, column, row, text);
  return text;
}

std::string ErrorText(const absl::Status& status) {
  return absl::StrCat("error: ", std::string(status.message()));
}

std::string FromLiterals(const ExpressionPtr& expression) {
  const auto value = EvaluateConstant(expression);
  if (!value.ok()) return ErrorText(value.status());
  const auto array = arrow::MakeArrayFromScalar(**value, 1);
  CHECK(array.ok());
  return TextOf(expression->type(), **array, 0);
}

// The same call over columns: a row that is cut off, the values, NULLs.
void CheckColumns(const Bind& bind, const std::vector<Arg>& args, const std::string& expected) {
  std::vector<Field> fields;
  std::vector<ExpressionPtr> references;
  RowValues values;
  for (const Arg& arg : args) {
    if (arg.literal_only) {
      references.push_back(LiteralOf(arg));
      continue;
    }
    references.push_back(Expression::Column(static_cast<int>(fields.size()), arg.type));
    fields.push_back({absl::StrCat("c", fields.size()), arg.type});
    values.push_back(arg.value);
  }
  if (fields.empty()) return;
  const Schema schema(fields);
  const RowValues nulls(values.size(), nullptr);
  const Batch batch = MakeBatch(schema, {nulls, nulls, nulls, values, nulls}).Slice(3, 2);
  const auto bound = bind(references);
  ASSERT_TRUE(bound.ok()) << bound.status();
  const auto rows = EvaluatedRows(*bound, schema, batch);
  if (expected.rfind("error: ", 0) == 0) {
    ASSERT_EQ(rows.size(), 1u);
    // Up to the expression, which names columns here.
    EXPECT_EQ(rows[0].substr(0, rows[0].find(", in ")), expected.substr(0, expected.find(", in ")));
    return;
  }
  ASSERT_EQ(rows.size(), 2u) << rows[0];
  EXPECT_EQ(rows[0], expected) << (*bound)->ToString(schema) << " over columns";
}

std::string EvaluatedBy(const Bind& bind, const std::vector<Arg>& args) {
  std::vector<ExpressionPtr> literals;
  for (const Arg& arg : args) literals.push_back(LiteralOf(arg));
  const auto bound = bind(literals);
  if (!bound.ok()) return absl::StrCat("bind ", ErrorText(bound.status()));
  std::string text = FromLiterals(*bound);
  CheckColumns(bind, args, text);
  return text;
}

}  // namespace

ExpressionPtr LiteralOf(const Arg& arg) {
  const auto scalar = MakeColumn(arg.type, {arg.value})->GetScalar(0);
  CHECK(scalar.ok());
  return Expression::Literal(arg.type.WithNullable(arg.value.is_null()), *scalar);
}

std::vector<std::string> EvaluatedRows(const ExpressionPtr& expression, const Schema& schema,
                                       const Batch& batch) {
  const auto evaluator = Evaluator::Create(schema, {expression});
  if (!evaluator.ok()) return {ErrorText(evaluator.status())};
  const auto arrays = (*evaluator)->Evaluate(batch);
  if (!arrays.ok()) return {ErrorText(arrays.status())};
  const arrow::Array& array = *arrays->front();
  EXPECT_EQ(array.length(), batch.num_rows());
  EXPECT_TRUE(array.type()->Equals(*expression->type().ToArrow()))
      << array.type()->ToString() << " for " << expression->type().ToString();
  EXPECT_TRUE(array.ValidateFull().ok()) << array.ValidateFull().ToString();
  std::vector<std::string> rows;
  for (int64_t row = 0; row < array.length(); ++row) {
    rows.push_back(TextOf(expression->type(), array, row));
  }
  return rows;
}

std::string Evaluated(const std::string& function, const std::vector<Arg>& args) {
  return EvaluatedBy(
      [&](std::vector<ExpressionPtr> arguments) {
        return BindCall(function, std::move(arguments));
      },
      args);
}

std::string Cast(const Arg& arg, const DataType& type) {
  return EvaluatedBy(
      [&](std::vector<ExpressionPtr> arguments) { return BindCast(arguments[0], type); }, {arg});
}

std::string TryCast(const Arg& arg, const DataType& type) {
  return EvaluatedBy(
      [&](std::vector<ExpressionPtr> arguments) { return BindTryCast(arguments[0], type); }, {arg});
}

std::string TypeOf(const std::string& function, const std::vector<Arg>& args) {
  std::vector<ExpressionPtr> columns;
  for (const Arg& arg : args) {
    columns.push_back(arg.literal_only
                          ? LiteralOf(arg)
                          : Expression::Column(static_cast<int>(columns.size()), arg.type));
  }
  const auto bound = BindCall(function, columns);
  return bound.ok() ? (*bound)->type().ToString()
                    : absl::StrCat("bind ", ErrorText(bound.status()));
}

}  // namespace millrace
