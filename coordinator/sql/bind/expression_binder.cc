#include "coordinator/sql/bind/expression_binder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/literal_binding.h"

namespace millrace {
namespace {

constexpr size_t kMostNodes = 100'000;

const char* FunctionOf(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kOr:
      return "or";
    case BinaryOperator::kAnd:
      return "and";
    case BinaryOperator::kEqual:
      return "equals";
    case BinaryOperator::kNotEqual:
      return "not_equals";
    case BinaryOperator::kLess:
      return "less_than";
    case BinaryOperator::kLessOrEqual:
      return "less_than_or_equal";
    case BinaryOperator::kGreater:
      return "greater_than";
    case BinaryOperator::kGreaterOrEqual:
      return "greater_than_or_equal";
    case BinaryOperator::kIsDistinctFrom:
      return "is_distinct_from";
    case BinaryOperator::kIsNotDistinctFrom:
      return "is_not_distinct_from";
    case BinaryOperator::kOverlaps:
      return "";
    case BinaryOperator::kPlus:
      return "plus";
    case BinaryOperator::kMinus:
      return "minus";
    case BinaryOperator::kMultiply:
      return "times";
    case BinaryOperator::kDivide:
      return "divide";
    case BinaryOperator::kModulo:
      return "mod";
    case BinaryOperator::kConcatenate:
      return "concat_operator";
  }
  return "";
}

// Empty: a test of JSON.
const char* FunctionOf(IsTest test, bool negated) {
  switch (test) {
    case IsTest::kNull:
      return negated ? "is_not_null" : "is_null";
    case IsTest::kTrue:
      return negated ? "is_not_true" : "is_true";
    case IsTest::kFalse:
      return negated ? "is_not_false" : "is_false";
    case IsTest::kUnknown:
      return negated ? "is_not_unknown" : "is_unknown";
    default:
      return "";
  }
}

bool IsNumber(const LiteralValue& literal) {
  return literal.kind == LiteralKind::kInteger || literal.kind == LiteralKind::kDecimal ||
         literal.kind == LiteralKind::kDouble;
}

}  // namespace

// One member for each kind of node.
struct ExpressionVisitor {
  ExpressionBinder& binder;
  const SqlExpression& expression;

  SourceSpan span() const { return expression.span; }

  ExpressionPtr operator()(const LiteralValue& literal) const {
    return BindLiteral(literal, span(), binder.log());
  }
  ExpressionPtr operator()(const IntervalLiteral& interval) const { return BindInterval(interval); }
  ExpressionPtr operator()(const TimeUnitArgument&) const { return Misplaced("a time unit"); }
  ExpressionPtr operator()(const KeywordArgument& keyword) const {
    return Misplaced(keyword.keyword);
  }
  ExpressionPtr operator()(const ColumnReference& column) const {
    return binder.BindColumn(column);
  }
  ExpressionPtr operator()(const FieldAccess& access) const {
    ExpressionPtr base = binder.Bind(*access.base);
    return base == nullptr ? nullptr : BindField(std::move(base), access.field, binder.log());
  }
  ExpressionPtr operator()(const ElementAccess& access) const {
    return CallOf("item", {access.base.get(), access.index.get()});
  }
  ExpressionPtr operator()(const UnaryExpression& unary) const {
    return binder.BindUnary(unary, span());
  }
  ExpressionPtr operator()(const BinaryExpression& binary) const {
    return binder.BindBinary(binary, span());
  }
  ExpressionPtr operator()(const BetweenExpression& between) const {
    return binder.BindBetween(between, span());
  }
  ExpressionPtr operator()(const InExpression& in) const { return binder.BindIn(in, span()); }
  ExpressionPtr operator()(const QuantifiedComparison&) const {
    return binder.NotBuilt(span(), "a comparison with ANY or ALL");
  }
  ExpressionPtr operator()(const ExistsExpression&) const {
    return binder.NotBuilt(span(), "EXISTS");
  }
  ExpressionPtr operator()(const PatternExpression& pattern) const {
    return binder.BindPattern(pattern, span());
  }
  ExpressionPtr operator()(const IsExpression& is) const { return binder.BindIs(is, span()); }
  ExpressionPtr operator()(const CaseExpression& expression) const {
    return binder.BindCase(expression, span());
  }
  ExpressionPtr operator()(const CastExpression& cast) const {
    return binder.BindCastExpression(cast, span());
  }
  ExpressionPtr operator()(const RowConstructor& row) const {
    return CallOf("row", Pointers(row.items));
  }
  ExpressionPtr operator()(const ArrayConstructor& array) const {
    return CallOf("array", Pointers(array.items));
  }
  ExpressionPtr operator()(const MapConstructor& map) const {
    std::vector<const SqlExpression*> items;
    for (const MapConstructor::Entry& entry : map.entries) {
      items.insert(items.end(), {entry.key.get(), entry.value.get()});
    }
    return CallOf("map", items);
  }
  ExpressionPtr operator()(const MultisetConstructor&) const {
    return binder.SyntaxNotBuilt(span(), "MULTISET");
  }
  ExpressionPtr operator()(const CollectionQuery& collection) const {
    return binder.SyntaxNotBuilt(span(), collection.kind + " of a query");
  }
  ExpressionPtr operator()(const SubqueryExpression&) const {
    return binder.NotBuilt(span(), "a query as a value");
  }
  ExpressionPtr operator()(const DescriptorArgument&) const { return Misplaced("DESCRIPTOR"); }
  ExpressionPtr operator()(const TableArgument&) const { return Misplaced("a table"); }
  ExpressionPtr operator()(const ModelArgument&) const {
    return binder.SyntaxNotBuilt(span(), "MODEL");
  }
  ExpressionPtr operator()(const FunctionCall& call) const {
    if (!call.match_modifier.empty()) {
      return binder.SyntaxNotBuilt(span(), call.match_modifier + " before a function");
    }
    return binder.BindFunction(expression, call);
  }

  ExpressionPtr CallOf(const char* function, const std::vector<const SqlExpression*>& items) const {
    auto bound = binder.BindAll(items);
    return bound.has_value() ? binder.Call(function, *std::move(bound), span()) : nullptr;
  }

  static std::vector<const SqlExpression*> Pointers(const std::vector<SqlExpressionPtr>& items) {
    std::vector<const SqlExpression*> pointers;
    for (const SqlExpressionPtr& item : items) pointers.push_back(item.get());
    return pointers;
  }

  ExpressionPtr Misplaced(const std::string& what) const {
    binder.log().Error(span(), bind_code::kWrongArguments,
                       absl::StrCat(what, " cannot stand here"));
    return nullptr;
  }
};

ExpressionPtr ExpressionBinder::Bind(const SqlExpression& expression) {
  return std::visit(ExpressionVisitor{*this, expression}, expression.node);
}

ExpressionPtr ExpressionBinder::BindCondition(const SqlExpression& expression) {
  ExpressionPtr condition = Bind(expression);
  if (condition == nullptr) return nullptr;
  if (ExpressionPtr boolean = CastImplicitly(condition, DataType::Boolean())) return boolean;
  log().Error(expression.span, bind_code::kNotACondition,
              absl::StrCat(context_.clause, " needs a BOOLEAN, this is ",
                           condition->type().WithNullable(true).ToString()));
  return nullptr;
}

ExpressionPtr ExpressionBinder::BindColumn(const ColumnReference& column) {
  ExpressionPtr bound = context_.scope->Resolve(column.path, log());
  if (bound == nullptr || context_.uses == nullptr) return bound;
  const Expression* root = bound.get();
  while (root->kind() == ExpressionKind::kField) root = root->arguments().front().get();
  const SourceSpan span = SourceSpan::Cover(column.path.front().span, column.path.back().span);
  context_.uses->push_back({.column = root->index(), .span = span});
  return bound;
}

ExpressionPtr ExpressionBinder::BindUnary(const UnaryExpression& unary, SourceSpan span) {
  const auto* literal = unary.operand->As<LiteralValue>();
  if (unary.op == UnaryOperator::kMinus && literal != nullptr && IsNumber(*literal)) {
    return BindLiteral(*literal, span, log(), /*negative=*/true);
  }
  ExpressionPtr operand = Bind(*unary.operand);
  if (operand == nullptr || unary.op == UnaryOperator::kPlus) return operand;
  return Call(unary.op == UnaryOperator::kNot ? "not" : "negate", {std::move(operand)}, span);
}

ExpressionPtr ExpressionBinder::BindBinary(const BinaryExpression& binary, SourceSpan span) {
  if (binary.op == BinaryOperator::kOverlaps) return BindOverlaps(binary, span);
  auto operands = BindAll({binary.left.get(), binary.right.get()});
  if (!operands.has_value()) return nullptr;
  return Call(FunctionOf(binary.op), *std::move(operands), span);
}

ExpressionPtr ExpressionBinder::BindBetween(const BetweenExpression& between, SourceSpan span) {
  const auto bound = BindAll({between.value.get(), between.low.get(), between.high.get()});
  if (!bound.has_value()) return nullptr;
  const auto within = [&](const ExpressionPtr& low, const ExpressionPtr& high) -> ExpressionPtr {
    ExpressionPtr above = Call("greater_than_or_equal", {bound->at(0), low}, between.low->span);
    ExpressionPtr below = Call("less_than_or_equal", {bound->at(0), high}, between.high->span);
    if (above == nullptr || below == nullptr) return nullptr;
    return Call("and", {std::move(above), std::move(below)}, span);
  };
  ExpressionPtr result = within(bound->at(1), bound->at(2));
  if (between.symmetric && result != nullptr) {
    ExpressionPtr swapped = within(bound->at(2), bound->at(1));
    if (swapped == nullptr) return nullptr;
    result = Call("or", {std::move(result), std::move(swapped)}, span);
  }
  if (result != nullptr && between.negated) result = Call("not", {std::move(result)}, span);
  return Bounded(std::move(result), span);
}

ExpressionPtr ExpressionBinder::BindIn(const InExpression& in, SourceSpan span) {
  if (in.query != nullptr) return NotBuilt(span, "IN (query)");
  std::vector<const SqlExpression*> parts = {in.value.get()};
  for (const SqlExpressionPtr& item : in.list) parts.push_back(item.get());
  auto bound = BindAll(parts);
  if (!bound.has_value()) return nullptr;
  ExpressionPtr result = Call("in", *std::move(bound), span);
  if (result == nullptr || !in.negated) return result;
  return Call("not", {std::move(result)}, span);
}

ExpressionPtr ExpressionBinder::BindPattern(const PatternExpression& pattern, SourceSpan span) {
  std::vector<const SqlExpression*> parts = {pattern.value.get(), pattern.pattern.get()};
  if (pattern.escape != nullptr) parts.push_back(pattern.escape.get());
  auto bound = BindAll(parts);
  if (!bound.has_value()) return nullptr;
  const std::string name = pattern.kind == PatternKind::kLike ? "like" : "similar_to";
  return Call(pattern.negated ? "not_" + name : name, *std::move(bound), span);
}

ExpressionPtr ExpressionBinder::BindIs(const IsExpression& is, SourceSpan span) {
  const std::string_view function = FunctionOf(is.test, is.negated);
  if (function.empty()) return BindIsJson(is, span);
  ExpressionPtr operand = Bind(*is.operand);
  return operand == nullptr ? nullptr : Call(function, {std::move(operand)}, span);
}

ExpressionPtr ExpressionBinder::BindCase(const CaseExpression& expression, SourceSpan span) {
  ExpressionPtr operand;
  if (expression.operand != nullptr) operand = Bind(*expression.operand);
  bool wrong = expression.operand != nullptr && operand == nullptr;
  std::vector<ExpressionPtr> arguments;
  for (const CaseExpression::Branch& branch : expression.branches) {
    ExpressionPtr condition = Bind(*branch.condition);
    if (operand != nullptr && condition != nullptr) {
      condition = Call("equals", {operand, std::move(condition)}, branch.condition->span);
    }
    arguments.push_back(std::move(condition));
    arguments.push_back(Bind(*branch.result));
  }
  if (expression.otherwise != nullptr) arguments.push_back(Bind(*expression.otherwise));
  for (const ExpressionPtr& argument : arguments) wrong = wrong || argument == nullptr;
  return wrong ? nullptr : Bounded(Call("case", std::move(arguments), span), span);
}

ExpressionPtr ExpressionBinder::BindCastExpression(const CastExpression& cast, SourceSpan span) {
  ExpressionPtr value = Bind(*cast.value);
  const std::optional<DataType> type = BindType(cast.type, log());
  if (value == nullptr || !type.has_value()) return nullptr;
  absl::StatusOr<ExpressionPtr> bound =
      cast.try_cast ? BindTryCast(std::move(value), *type) : BindCast(std::move(value), *type);
  if (bound.ok()) return *std::move(bound);
  log().Error(span, bind_code::kWrongCast, bound.status());
  return nullptr;
}

std::optional<std::vector<ExpressionPtr>> ExpressionBinder::BindAll(
    const std::vector<const SqlExpression*>& expressions) {
  std::vector<ExpressionPtr> bound;
  bool wrong = false;
  for (const SqlExpression* expression : expressions) {
    bound.push_back(Bind(*expression));
    wrong = wrong || bound.back() == nullptr;
  }
  if (wrong) return std::nullopt;
  return bound;
}

ExpressionPtr ExpressionBinder::Call(std::string_view function,
                                     std::vector<ExpressionPtr> arguments, SourceSpan span) {
  absl::StatusOr<ExpressionPtr> call = BindCall(function, std::move(arguments));
  if (call.ok()) return *std::move(call);
  log().Error(span, bind_code::kWrongArguments, call.status());
  return nullptr;
}

ExpressionPtr ExpressionBinder::Bounded(ExpressionPtr expression, SourceSpan span) {
  if (expression == nullptr || CountNodes(expression, kMostNodes) < kMostNodes) return expression;
  log().Error(span, bind_code::kTooLarge,
              absl::StrCat("the expression has more than ", kMostNodes,
                           " parts, once repeated operands are counted"));
  return nullptr;
}

ExpressionPtr ExpressionBinder::NotBuilt(SourceSpan span, std::string_view what) {
  log().NotBuilt(span, what);
  return nullptr;
}

ExpressionPtr ExpressionBinder::SyntaxNotBuilt(SourceSpan span, std::string_view what) {
  log().SyntaxNotBuilt(span, what);
  return nullptr;
}

ExpressionPtr CastImplicitly(ExpressionPtr value, const DataType& type) {
  absl::StatusOr<ExpressionPtr> cast = BindCast(std::move(value), type, /*implicit=*/true);
  return cast.ok() ? *std::move(cast) : nullptr;
}

std::optional<DataType> BindType(const TypeName& type, DiagnosticLog& log) {
  absl::StatusOr<DataType> parsed = DataType::Parse(type.text);
  if (parsed.ok()) return *std::move(parsed);
  log.Error(type.span, bind_code::kWrongType, parsed.status());
  return std::nullopt;
}

}  // namespace millrace
