// SELECT without groups: filter, then project. With groups: aggregation_binder.h.
#include <algorithm>
#include <utility>

#include "coordinator/sql/bind/aggregation_binder.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/expression_walk.h"
#include "coordinator/sql/bind/query_binder.h"
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

LogicalPlan BindProjection(const SelectQuery& select, const Relation& relation,
                           QueryContext& context) {
  auto columns = BindSelectItems(
      select.items, {.scope = &relation.scope, .log = &context.log, .clause = "SELECT"});
  if (!columns.has_value()) return nullptr;
  std::vector<ExpressionPtr> expressions;
  std::vector<std::string> names;
  for (SelectedColumn& column : *columns) {
    expressions.push_back(std::move(column.expression));
    names.push_back(std::move(column.name));
  }
  return MakeProject(relation.plan, std::move(expressions), std::move(names));
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
  if (select.where != nullptr) {
    ExpressionBinder binder({.scope = &relation->scope, .log = &context.log, .clause = "WHERE"});
    ExpressionPtr condition = binder.BindCondition(*select.where);
    right = right && condition != nullptr;
    if (condition != nullptr) relation->plan = MakeFilter(relation->plan, std::move(condition));
  }
  LogicalPlan plan = IsAggregation(select) ? BindAggregation(select, *std::move(relation), context)
                                           : BindProjection(select, *relation, context);
  return right ? plan : nullptr;
}

}  // namespace millrace
