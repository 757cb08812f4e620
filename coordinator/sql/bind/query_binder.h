// Queries to logical plans: names, types, windows and groups are resolved; nothing is optimized.
//
// What Flink accepts and this does not build yet is reported as such at its place. A null plan
// means that errors were reported. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/catalog/catalog.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/bind/logical_plan.h"
#include "coordinator/sql/bind/scope.h"
#include "coordinator/sql/parse/query_ast.h"

namespace millrace {

// A table of WITH, bound once however often it is read.
struct BoundCommonTable {
  std::string name;
  LogicalPlan plan;  // Null: it has errors, which were reported.
  int scans = 0;     // In its plan.
};

// A statement may read so many tables, counted through views and WITH: views over views may double
// them at every step.
inline constexpr int kMostScans = 1000;

// What the binding of one query shares from top to bottom.
struct QueryContext {
  const Catalog& catalog;
  DiagnosticLog& log;
  // Names whose CREATE failed: that they are missing has been said.
  const std::vector<std::string>& broken_names;
  int& scans;                                   // Of the statement so far.
  std::vector<BoundCommonTable> common_tables;  // Innermost last.
  std::vector<std::string> open_views;          // Those being bound, outermost first.
};

// Adds to the scans of the statement. False after reporting at `span` that they are too many.
bool CountScans(int scans, SourceSpan span, QueryContext& context);

// Rows of FROM and the names that reach them. Columns of the scope are those of the plan, in order.
struct Relation {
  LogicalPlan plan;
  Scope scope;
};

LogicalPlan BindQuery(const QueryExpression& query, QueryContext& context);

// select_binder.cc
LogicalPlan BindSelect(const SelectQuery& select, SourceSpan span, QueryContext& context);

// set_operation.cc
LogicalPlan BindSetOperation(const SetOperation& operation, SourceSpan span, QueryContext& context);

// from_binder.cc
std::optional<Relation> BindFrom(const TableReference& reference, QueryContext& context);
// The rows of a table, view or WITH table.
std::optional<Relation> BindNamedTable(const ObjectName& name, const std::vector<QueryHint>& hints,
                                       QueryContext& context);

// window_tvf.cc: TUMBLE(TABLE t, DESCRIPTOR(c), size[, offset]) and its sisters.
bool IsWindowFunction(std::string_view name);  // In upper case.
std::optional<Relation> BindWindowFunction(const FunctionCall& call, SourceSpan span,
                                           QueryContext& context);

// The columns of a plan under new names. REQUIRES: as many names as columns.
LogicalPlan RenameColumns(LogicalPlan plan, const std::vector<std::string>& names);

}  // namespace millrace
