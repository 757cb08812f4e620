#include "coordinator/sql/optimize/field_use.h"

#include <iterator>
#include <utility>

#include "common/base/check.h"
#include "coordinator/sql/bind/expression_rewrite.h"

namespace millrace {
namespace {

// $2.a.b: a column and the way to one of its fields. Not a path if its root is another expression.
struct FieldPath {
  const Expression* column = nullptr;
  std::vector<int> fields;  // From the outside in.
};

FieldPath PathOf(const ExpressionPtr& expression) {
  FieldPath path;
  const Expression* at = expression.get();
  while (at->kind() == ExpressionKind::kField) {
    path.fields.insert(path.fields.begin(), at->index());
    at = at->arguments().front().get();
  }
  if (at->kind() == ExpressionKind::kColumn) path.column = at;
  return path;
}

// The place of `key` among the keys of `map`.
template <typename Map>
int Position(const Map& map, int key) {
  const auto found = map.find(key);
  CHECK(found != map.end());
  return static_cast<int>(std::distance(map.begin(), found));
}

DataType PruneType(const DataType& type, const FieldUse& use) {
  if (use.whole) return type;
  std::vector<std::string> names;
  std::vector<DataType> types;
  for (const auto& [index, field] : use.fields) {
    names.push_back(type.field_names()[index]);
    types.push_back(PruneType(type.children()[index], field));
  }
  return DataType::Row(std::move(names), std::move(types)).WithNullable(type.nullable());
}

}  // namespace

void CollectUse(const ExpressionPtr& expression, ColumnUse& use) {
  const FieldPath path = PathOf(expression);
  if (path.column == nullptr) {
    for (const ExpressionPtr& argument : expression->arguments()) CollectUse(argument, use);
    return;
  }
  FieldUse* at = &use[path.column->index()];
  for (const int field : path.fields) at = &at->fields[field];
  at->whole = true;
}

Schema PruneSchema(const Schema& schema, const ColumnUse& use) {
  std::vector<Field> fields;
  for (const auto& [index, column] : use) {
    const Field& field = schema.field(index);
    fields.push_back({field.name, PruneType(field.type, column)});
  }
  return Schema(std::move(fields));
}

ExpressionPtr RewriteToUse(const ExpressionPtr& expression, const Schema& pruned,
                           const ColumnUse& use) {
  const FieldPath path = PathOf(expression);
  if (path.column != nullptr) {
    const int column = Position(use, path.column->index());
    ExpressionPtr rewritten = Expression::Column(column, pruned.field(column).type);
    const FieldUse* at = &use.at(path.column->index());
    for (const int field : path.fields) {
      const int index = at->whole ? field : Position(at->fields, field);
      rewritten = Expression::Field(std::move(rewritten), index);
      static const FieldUse kWhole{.whole = true};
      at = at->whole ? &kWhole : &at->fields.at(field);
    }
    return rewritten;
  }
  if (expression->arguments().empty()) return expression;
  std::vector<ExpressionPtr> arguments;
  for (const ExpressionPtr& argument : expression->arguments()) {
    arguments.push_back(RewriteToUse(argument, pruned, use));
  }
  if (expression->kind() == ExpressionKind::kField) {
    return Expression::Field(std::move(arguments.front()), expression->index());
  }
  return Expression::Call(expression->function(), std::move(arguments), expression->type());
}

}  // namespace millrace
