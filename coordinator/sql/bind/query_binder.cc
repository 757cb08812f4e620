#include "coordinator/sql/bind/query_binder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/expression_rewrite.h"

namespace millrace {
namespace {

// WITH: each table sees those before it.
void BindCommonTables(const std::vector<CommonTable>& tables, QueryContext& context) {
  for (const CommonTable& table : tables) {
    const int before = context.scans;
    LogicalPlan plan = BindQuery(*table.query, context);
    const int scans = context.scans - before;
    if (plan != nullptr && !table.columns.empty()) {
      if (static_cast<int>(table.columns.size()) == plan->output.size()) {
        plan = RenameColumns(std::move(plan), PathOf(table.columns));
      } else {
        context.log.Error(table.name.span, bind_code::kWrongTable,
                          absl::StrCat("'", table.name.name, "' names ", table.columns.size(),
                                       " columns, its query gives ", plan->output.size()));
        plan = nullptr;
      }
    }
    context.common_tables.push_back(
        {.name = table.name.name, .plan = std::move(plan), .scans = scans});
  }
}

struct BodyBinder {
  QueryContext& context;
  SourceSpan span;

  LogicalPlan operator()(const SelectQuery& select) const {
    return BindSelect(select, span, context);
  }
  LogicalPlan operator()(const ValuesQuery&) const {
    context.log.NotBuilt(span, "VALUES", "a 'datagen' or 'filesystem' table gives rows for trials");
    return nullptr;
  }
  LogicalPlan operator()(const SetOperation& operation) const {
    return BindSetOperation(operation, span, context);
  }
  LogicalPlan operator()(const TableQuery& table) const {
    std::optional<Relation> relation = BindNamedTable(table.name, {}, context);
    if (!relation.has_value()) return nullptr;
    return relation->plan;
  }
};

}  // namespace

LogicalPlan BindQuery(const QueryExpression& query, QueryContext& context) {
  const size_t outer_tables = context.common_tables.size();
  BindCommonTables(query.with, context);
  LogicalPlan plan = std::visit(BodyBinder{context, query.span}, query.body);
  context.common_tables.resize(outer_tables);

  const auto refuse = [&](SourceSpan span, std::string_view what) {
    context.log.NotBuilt(span, what);
    plan = nullptr;
  };
  if (query.recursive.has_value()) {
    context.log.SyntaxNotBuilt(*query.recursive, "WITH RECURSIVE");
    plan = nullptr;
  }
  if (const auto* select = query.As<SelectQuery>();
      select != nullptr && select->group_by_distinct.has_value()) {
    context.log.SyntaxNotBuilt(*select->group_by_distinct, "GROUP BY DISTINCT");
    plan = nullptr;
  }
  if (!query.order_by.empty()) refuse(query.order_by.front().expression->span, "ORDER BY");
  if (query.limit != nullptr) refuse(query.limit->span, "LIMIT");
  if (query.offset != nullptr) refuse(query.offset->span, "OFFSET");
  return plan;
}

bool CountScans(int scans, SourceSpan span, QueryContext& context) {
  context.scans += scans;
  if (context.scans <= kMostScans) return true;
  context.log.Error(span, bind_code::kTooLarge,
                    absl::StrCat("the statement reads more than ", kMostScans,
                                 " tables, counted through views and WITH"));
  return false;
}

LogicalPlan RenameColumns(LogicalPlan plan, const std::vector<std::string>& names) {
  if (names == ColumnNames(plan->output)) return plan;
  std::vector<ExpressionPtr> references = ColumnReferences(plan->output);
  return MakeProject(std::move(plan), std::move(references), names);
}

}  // namespace millrace
