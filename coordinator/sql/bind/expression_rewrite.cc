#include "coordinator/sql/bind/expression_rewrite.h"

#include <algorithm>
#include <utility>

#include "arrow/scalar.h"
#include "common/base/check.h"
#include "common/expr/function_table.h"

namespace millrace {

ExpressionPtr ReplaceColumns(
    const ExpressionPtr& expression,
    absl::FunctionRef<ExpressionPtr(const ExpressionPtr& column)> replacement) {
  if (expression->kind() == ExpressionKind::kColumn) return replacement(expression);
  if (expression->arguments().empty()) return expression;
  bool changed = false;
  std::vector<ExpressionPtr> arguments;
  for (const ExpressionPtr& argument : expression->arguments()) {
    arguments.push_back(ReplaceColumns(argument, replacement));
    changed = changed || arguments.back() != argument;
  }
  if (!changed) return expression;
  if (expression->kind() == ExpressionKind::kField) {
    return Expression::Field(std::move(arguments.front()), expression->index());
  }
  return Expression::Call(expression->function(), std::move(arguments), expression->type());
}

ExpressionPtr Inline(const ExpressionPtr& expression,
                     const std::vector<ExpressionPtr>& expressions) {
  return ReplaceColumns(expression,
                        [&](const ExpressionPtr& column) { return expressions[column->index()]; });
}

ExpressionPtr RemapColumns(const ExpressionPtr& expression, const std::vector<int>& new_index) {
  return ReplaceColumns(expression, [&](const ExpressionPtr& column) {
    const int index = new_index[column->index()];
    CHECK_GE(index, 0);
    return index == column->index() ? column : Expression::Column(index, column->type());
  });
}

void CollectColumns(const ExpressionPtr& expression, std::set<int>& columns) {
  if (expression->kind() == ExpressionKind::kColumn) columns.insert(expression->index());
  for (const ExpressionPtr& argument : expression->arguments()) CollectColumns(argument, columns);
}

std::vector<ExpressionPtr> ColumnReferences(const Schema& schema) {
  std::vector<ExpressionPtr> references;
  for (int i = 0; i < schema.size(); ++i) {
    references.push_back(Expression::Column(i, schema.field(i).type));
  }
  return references;
}

std::vector<std::string> ColumnNames(const Schema& schema) {
  std::vector<std::string> names;
  for (const Field& field : schema.fields()) names.push_back(field.name);
  return names;
}

bool IsLiteral(const ExpressionPtr& expression) {
  return expression->kind() == ExpressionKind::kLiteral;
}

bool IsNullLiteral(const ExpressionPtr& expression) {
  return IsLiteral(expression) && !expression->literal()->is_valid;
}

bool IsBool(const ExpressionPtr& expression, bool value) {
  if (!IsLiteral(expression) || expression->type().kind() != TypeKind::kBoolean) return false;
  const arrow::Scalar& scalar = *expression->literal();
  return scalar.is_valid && static_cast<const arrow::BooleanScalar&>(scalar).value == value;
}

std::vector<ExpressionPtr> Conjuncts(const ExpressionPtr& expression) {
  if (expression->kind() != ExpressionKind::kCall || expression->function() != "and") {
    return {expression};
  }
  std::vector<ExpressionPtr> conjuncts;
  for (const ExpressionPtr& argument : expression->arguments()) {
    for (ExpressionPtr& conjunct : Conjuncts(argument)) conjuncts.push_back(std::move(conjunct));
  }
  return conjuncts;
}

ExpressionPtr Conjunction(ExpressionPtr first, ExpressionPtr second) {
  if (first == nullptr) return second;
  if (second == nullptr) return first;
  const DataType type =
      DataType::Boolean().WithNullable(first->type().nullable() || second->type().nullable());
  return Expression::Call("and", {std::move(first), std::move(second)}, type);
}

size_t CountNodes(const ExpressionPtr& expression, size_t limit) {
  size_t count = 1;
  for (const ExpressionPtr& argument : expression->arguments()) {
    if (count >= limit) break;
    count += CountNodes(argument, limit - count);
  }
  return std::min(count, limit);
}

bool IsChanging(const ExpressionPtr& expression) {
  if (expression->kind() == ExpressionKind::kCall) {
    const FunctionDefinition* function = Functions().Find(expression->function());
    if (function != nullptr && function->changing) return true;
  }
  return std::any_of(expression->arguments().begin(), expression->arguments().end(), IsChanging);
}

bool SameExpression(const ExpressionPtr& a, const ExpressionPtr& b) {
  if (a == b) return true;
  if (a->kind() != b->kind() || !(a->type() == b->type())) return false;
  if (a->kind() == ExpressionKind::kLiteral) return a->literal()->Equals(*b->literal());
  if (a->index() != b->index() || a->function() != b->function()) return false;
  if (a->arguments().size() != b->arguments().size()) return false;
  for (size_t i = 0; i < a->arguments().size(); ++i) {
    if (!SameExpression(a->arguments()[i], b->arguments()[i])) return false;
  }
  return true;
}

}  // namespace millrace
