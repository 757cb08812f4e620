// Joins: of FROM, and those that EXISTS and IN with a query come to. Only joins of rows of one
// window are built; the others are refused at their place. Not thread-safe.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "coordinator/sql/bind/query_binder.h"

namespace millrace {

// left JOIN right ON condition; left, right and CROSS JOIN, whose condition is in WHERE.
std::optional<Relation> BindJoin(const JoinedTable& join, SourceSpan span, QueryContext& context);

// Joins the tables of `from`, which stand there without a condition, by that of WHERE. False after
// reporting that they must have one. Nothing happens to any other `relation`.
bool JoinByWhere(ExpressionPtr& condition, SourceSpan from, Relation& relation,
                 QueryContext& context);

// Whether `condition`, over the columns of both plans, demands that the rows are of one window;
// reports at `span` that only such joins (`what`: "a join") are built, or what is wrong with the
// windows.
bool CheckJoinsWindows(const ExpressionPtr& condition, const LogicalNode& left,
                       const LogicalNode& right, SourceSpan span, std::string_view what,
                       DiagnosticLog& log);

// subquery_join.cc: conditions of WHERE that ask whether a query has rows.

// The operands of nested ANDs, as written; none of a null pointer.
std::vector<SqlExpressionPtr> ConjunctsOf(const SqlExpressionPtr& condition);

// [NOT] EXISTS (query), value [NOT] IN (query).
bool AsksForRows(const SqlExpressionPtr& condition);

// Leaves the rows of `relation` for which such a condition holds: a semi or an anti join. False
// after reporting.
bool BindSubqueryCondition(const SqlExpression& condition, Relation& relation,
                           QueryContext& context);

}  // namespace millrace
