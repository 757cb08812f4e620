// Statements that give a job its sinks: INSERT INTO, and a bare SELECT, whose rows go to who asked.
#pragma once

#include <string>

#include "coordinator/sql/bind/query_binder.h"
#include "coordinator/sql/parse/statement_ast.h"

namespace millrace {

// A LogicalSink whose input has the table's columns in their order: query columns go to table
// columns by position, with the casts that Flink makes by itself; columns that are not listed are
// NULL. Null after reporting.
LogicalPlan BindInsert(const InsertStatement& insert, QueryContext& context);

// A LogicalSink of a table called `name` with connector 'collect' and the query's columns. Equal
// names get a number, as in Flink: a, a0.
LogicalPlan BindCollect(const QueryExpression& query, std::string name, QueryContext& context);

}  // namespace millrace
