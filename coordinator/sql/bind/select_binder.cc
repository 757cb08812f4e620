// SELECT without groups: filter, then project. With groups: aggregation_binder.h.
#include <algorithm>
#include <iterator>
#include <utility>

#include "coordinator/sql/bind/aggregation_binder.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/expression_walk.h"
#include "coordinator/sql/bind/join_binder.h"
#include "coordinator/sql/bind/query_binder.h"
#include "coordinator/sql/bind/row_number_binder.h"
#include "coordinator/sql/bind/select_items.h"

namespace millrace {
namespace {

// Reports the clauses that are not built; whether there were none.
bool RefuseClauses(const SelectQuery& select, SourceSpan span, DiagnosticLog& log) {
  const size_t before = log.size();
  if (select.distinct) log.NotBuilt(span, "SELECT DISTINCT");
  for (const QueryHint& hint : select.hints) {
    log.NotBuilt(hint.span, "a hint on a query", "OPTIONS stands behind a table's name");
  }
  for (const NamedWindow& window : select.windows) log.NotBuilt(window.name.span, "WINDOW");
  if (select.qualify != nullptr) log.NotBuilt(select.qualify->span, "QUALIFY");
  return log.size() == before;
}

bool IsAggregation(const SelectQuery& select) {
  const auto holds = [](const SelectItem& item) {
    return item.expression != nullptr && HoldsAggregate(*item.expression);
  };
  return !select.group_by.empty() || select.having != nullptr ||
         std::any_of(select.items.begin(), select.items.end(), holds);
}

// The rows that WHERE lets pass. False after reporting.
bool BindWhere(const SelectQuery& select, Relation& relation, QueryContext& context) {
  std::vector<SqlExpressionPtr> conjuncts = ConjunctsOf(select.where);
  std::vector<SqlExpressionPtr> queries;
  std::copy_if(conjuncts.begin(), conjuncts.end(), std::back_inserter(queries), AsksForRows);
  if (queries.empty()) {
    conjuncts.clear();
    if (select.where != nullptr) conjuncts.push_back(select.where);  // As it is written.
  }
  std::erase_if(conjuncts, AsksForRows);
  ExpressionPtr condition;
  bool right = true;
  for (const SqlExpressionPtr& conjunct : conjuncts) {
    ExpressionBinder binder({.scope = &relation.scope, .log = &context.log, .clause = "WHERE"});
    ExpressionPtr bound = binder.BindCondition(*conjunct);
    right = right && bound != nullptr;
    if (bound != nullptr) condition = Conjunction(std::move(condition), std::move(bound));
  }
  if (!right || !JoinByWhere(condition, select.from->span, relation, context)) return false;
  if (condition != nullptr) relation.plan = MakeFilter(relation.plan, std::move(condition));
  for (const SqlExpressionPtr& query : queries) {
    right = BindSubqueryCondition(*query, relation, context) && right;
  }
  return right;
}

LogicalPlan BindProjection(const SelectQuery& select, Relation relation, QueryContext& context) {
  RowNumberBinder row_number(relation, context.log);
  auto columns = BindSelectItems(
      select.items,
      {.scope = &relation.scope,
       .log = &context.log,
       .clause = "SELECT",
       .bind_over = [&](const SqlExpression& call) { return row_number.Bind(call); }});
  if (!columns.has_value()) return nullptr;
  std::vector<ExpressionPtr> expressions;
  std::vector<std::string> names;
  for (SelectedColumn& column : *columns) {
    expressions.push_back(std::move(column.expression));
    names.push_back(std::move(column.name));
  }
  return MakeProject(row_number.Number(relation.plan), std::move(expressions), std::move(names));
}

}  // namespace

LogicalPlan BindSelect(const SelectQuery& select, SourceSpan span, QueryContext& context) {
  bool right = RefuseClauses(select, span, context.log);
  if (select.from == nullptr) {
    context.log.NotBuilt(span, "SELECT without FROM");
    return nullptr;
  }
  std::optional<Relation> relation = BindFrom(*select.from, context);
  if (!relation.has_value()) return nullptr;
  right = BindWhere(select, *relation, context) && right;
  LogicalPlan plan = IsAggregation(select) ? BindAggregation(select, *std::move(relation), context)
                                           : BindProjection(select, *std::move(relation), context);
  return right ? plan : nullptr;
}

}  // namespace millrace
