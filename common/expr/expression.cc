#include "common/expr/expression.h"

#include <utility>

#include "arrow/type.h"
#include "common/base/check.h"

namespace millrace {

ExpressionPtr Expression::Literal(DataType type, std::shared_ptr<arrow::Scalar> value) {
  CHECK(value != nullptr);
  auto expression = std::shared_ptr<Expression>(new Expression());
  expression->kind_ = ExpressionKind::kLiteral;
  expression->type_ = std::move(type);
  expression->literal_ = std::move(value);
  return expression;
}

ExpressionPtr Expression::Column(int index, DataType type) {
  CHECK_GE(index, 0);
  auto expression = std::shared_ptr<Expression>(new Expression());
  expression->kind_ = ExpressionKind::kColumn;
  expression->type_ = std::move(type);
  expression->index_ = index;
  return expression;
}

ExpressionPtr Expression::Field(ExpressionPtr row, int index) {
  const DataType& type = row->type();
  CHECK(type.kind() == TypeKind::kRow);
  CHECK(index >= 0 && index < static_cast<int>(type.children().size()));
  auto expression = std::shared_ptr<Expression>(new Expression());
  expression->kind_ = ExpressionKind::kField;
  const DataType& field = type.children()[index];
  expression->type_ = field.WithNullable(field.nullable() || type.nullable());
  expression->index_ = index;
  expression->arguments_ = {std::move(row)};
  return expression;
}

ExpressionPtr Expression::Call(std::string function, std::vector<ExpressionPtr> arguments,
                               DataType type) {
  auto expression = std::shared_ptr<Expression>(new Expression());
  expression->kind_ = ExpressionKind::kCall;
  expression->type_ = std::move(type);
  expression->function_ = std::move(function);
  expression->arguments_ = std::move(arguments);
  return expression;
}

ExpressionPtr Expression::Bool(bool value) {
  return Literal(DataType::Boolean().WithNullable(false),
                 std::make_shared<arrow::BooleanScalar>(value));
}

ExpressionPtr Expression::Int(int32_t value) {
  return Literal(DataType::Int().WithNullable(false), std::make_shared<arrow::Int32Scalar>(value));
}

ExpressionPtr Expression::BigInt(int64_t value) {
  return Literal(DataType::BigInt().WithNullable(false),
                 std::make_shared<arrow::Int64Scalar>(value));
}

ExpressionPtr Expression::Double(double value) {
  return Literal(DataType::Double().WithNullable(false),
                 std::make_shared<arrow::DoubleScalar>(value));
}

ExpressionPtr Expression::String(std::string value) {
  return Literal(DataType::String().WithNullable(false),
                 std::make_shared<arrow::StringScalar>(std::move(value)));
}

ExpressionPtr Expression::IntervalDayTime(int64_t millis) {
  return Literal(DataType::IntervalDayTime().WithNullable(false),
                 std::make_shared<arrow::DurationScalar>(millis, arrow::TimeUnit::MILLI));
}

ExpressionPtr Expression::Null(DataType type) {
  auto value = arrow::MakeNullScalar(type.ToArrow());
  return Literal(type.WithNullable(true), std::move(value));
}

}  // namespace millrace
