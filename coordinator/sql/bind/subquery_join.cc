// EXISTS and IN with a query, in WHERE: semi joins, and anti joins if they are negated. The query
// inside may name columns of the one around it; its own come first.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/expression_walk.h"
#include "coordinator/sql/bind/join_binder.h"

namespace millrace {
namespace {

// A condition that asks for rows, without the NOTs around it.
struct RowsCondition {
  const InExpression* in = nullptr;  // Null: EXISTS.
  const QueryExpression* query = nullptr;
  bool negated = false;
  SourceSpan span;

  const char* name() const { return in != nullptr ? "IN (query)" : "EXISTS"; }
};

std::optional<RowsCondition> Match(const SqlExpression& expression) {
  if (const auto* unary = expression.As<UnaryExpression>()) {
    if (unary->op != UnaryOperator::kNot) return std::nullopt;
    std::optional<RowsCondition> inner = Match(*unary->operand);
    if (inner.has_value()) inner->negated = !inner->negated;
    return inner;
  }
  if (const auto* exists = expression.As<ExistsExpression>()) {
    return RowsCondition{.query = exists->query.get(), .span = expression.span};
  }
  const auto* in = expression.As<InExpression>();
  if (in == nullptr || in->query == nullptr) return std::nullopt;
  return RowsCondition{
      .in = in, .query = in->query.get(), .negated = in->negated, .span = expression.span};
}

class SubqueryJoinBinder {
 public:
  SubqueryJoinBinder(const RowsCondition& condition, Relation& relation, QueryContext& context)
      : condition_(condition), relation_(relation), context_(context) {}

  bool Bind() {
    const SelectQuery* const select = PlainSelect();
    if (select == nullptr) {
      context_.log.NotBuilt(
          condition_.span,
          absl::StrCat(condition_.name(), " with more than SELECT ... FROM ... WHERE inside"));
      return false;
    }
    std::optional<Relation> inner = BindFrom(*select->from, context_);
    if (!inner.has_value()) return false;
    scope_ = relation_.scope;
    scope_.AppendInner(inner->scope);
    ExpressionPtr joining;
    if (select->where != nullptr) {
      joining = Binder("WHERE").BindCondition(*select->where);
      if (joining == nullptr) return false;
    }
    if (!(condition_.in != nullptr ? AddMembership(*select, joining) : CheckItems(*select))) {
      return false;
    }
    if (joining == nullptr) joining = Expression::Bool(true);
    if (!CheckJoinsWindows(joining, *relation_.plan, *inner->plan, condition_.span,
                           condition_.name(), context_.log)) {
      return false;
    }
    const JoinType type = condition_.negated ? JoinType::kAnti : JoinType::kSemi;
    relation_.plan =
        MakeJoin(relation_.plan, inner->plan, {.type = type, .condition = std::move(joining)});
    return true;
  }

 private:
  // The query, if each of its rows is one of FROM.
  const SelectQuery* PlainSelect() const {
    const QueryExpression& query = *condition_.query;
    const auto* select = query.As<SelectQuery>();
    const bool plain = select != nullptr && select->from != nullptr && query.with.empty() &&
                       query.order_by.empty() && query.limit == nullptr &&
                       query.offset == nullptr && select->hints.empty() &&
                       select->group_by.empty() && select->having == nullptr &&
                       select->windows.empty() && select->qualify == nullptr;
    if (!plain) return nullptr;
    for (const SelectItem& item : select->items) {
      if (item.expression != nullptr && HoldsAggregate(*item.expression)) return nullptr;
    }
    return select;
  }

  ExpressionBinder Binder(const char* clause) {
    return ExpressionBinder({.scope = &scope_, .log = &context_.log, .clause = clause});
  }

  // EXISTS (SELECT item ...): nothing reads the items, but they must make sense.
  bool CheckItems(const SelectQuery& select) {
    bool right = true;
    for (const SelectItem& item : select.items) {
      if (item.expression == nullptr) continue;
      right = Binder("SELECT").Bind(*item.expression) != nullptr && right;
    }
    return right;
  }

  // value IN (SELECT item ...): the values are equal, one by one.
  bool AddMembership(const SelectQuery& select, ExpressionPtr& joining) {
    std::vector<SqlExpressionPtr> values = {condition_.in->value};
    if (const auto* row = condition_.in->value->As<RowConstructor>()) values = row->items;
    for (const SelectItem& item : select.items) {
      if (item.expression != nullptr) continue;
      context_.log.NotBuilt(item.span, "IN (SELECT * ...)", "name the columns");
      return false;
    }
    if (values.size() != select.items.size()) {
      context_.log.Error(condition_.span, bind_code::kDifferentQueries,
                         absl::StrCat("IN compares ", values.size(), " values with ",
                                      select.items.size(), " columns of the query"));
      return false;
    }
    for (size_t i = 0; i < values.size(); ++i) {
      // The value is of the query outside: only its names count.
      const ExpressionPtr value =
          ExpressionBinder({.scope = &relation_.scope, .log = &context_.log, .clause = "WHERE"})
              .Bind(*values[i]);
      const ExpressionPtr item = Binder("SELECT").Bind(*select.items[i].expression);
      if (value == nullptr || item == nullptr) return false;
      absl::StatusOr<ExpressionPtr> equal = Equal(value, item);
      if (!equal.ok()) {
        context_.log.Error(values[i]->span, bind_code::kWrongArguments, equal.status());
        return false;
      }
      joining = Conjunction(std::move(joining), *std::move(equal));
    }
    return true;
  }

  // Of NOT IN a NULL on either side says that they may be equal, which keeps the row out.
  absl::StatusOr<ExpressionPtr> Equal(const ExpressionPtr& value, const ExpressionPtr& item) const {
    absl::StatusOr<ExpressionPtr> equal = BindCall("equals", {value, item});
    for (const ExpressionPtr& side : {value, item}) {
      if (!equal.ok() || !condition_.negated || !side->type().nullable()) continue;
      absl::StatusOr<ExpressionPtr> is_null = BindCall("is_null", {side});
      if (!is_null.ok()) return is_null;
      equal = BindCall("or", {*std::move(equal), *std::move(is_null)});
    }
    return equal;
  }

  const RowsCondition& condition_;
  Relation& relation_;
  QueryContext& context_;
  Scope scope_;  // Of both queries.
};

}  // namespace

std::vector<SqlExpressionPtr> ConjunctsOf(const SqlExpressionPtr& condition) {
  if (condition == nullptr) return {};
  const auto* binary = condition->As<BinaryExpression>();
  if (binary == nullptr || binary->op != BinaryOperator::kAnd) return {condition};
  std::vector<SqlExpressionPtr> conjuncts = ConjunctsOf(binary->left);
  for (SqlExpressionPtr& conjunct : ConjunctsOf(binary->right)) {
    conjuncts.push_back(std::move(conjunct));
  }
  return conjuncts;
}

bool AsksForRows(const SqlExpressionPtr& condition) { return Match(*condition).has_value(); }

bool BindSubqueryCondition(const SqlExpression& condition, Relation& relation,
                           QueryContext& context) {
  return SubqueryJoinBinder(*Match(condition), relation, context).Bind();
}

}  // namespace millrace
