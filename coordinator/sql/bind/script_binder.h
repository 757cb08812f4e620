// The statements of a script, in their order, against a catalog.
//
// Definitions change the catalog as they are met; what a job or its reader needs comes out as bound
// statements. One error does not stop the others: names whose CREATE failed are remembered, so that
// their absence is not reported again. Not thread-safe.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/catalog/catalog.h"
#include "coordinator/sql/bind/logical_plan.h"
#include "coordinator/sql/parse/ast.h"
#include "coordinator/sql/parse/diagnostic.h"

namespace millrace {

// INSERT INTO, also of a statement set, or a bare SELECT: a LogicalSink.
struct BoundWrite {
  LogicalPlan sink;
  SourceSpan span;
  bool is_select = false;
};

struct BoundExplain {
  std::vector<LogicalPlan> sinks;
  SourceSpan span;
};

// What SHOW and DESCRIBE answer.
struct BoundText {
  std::string text;
};

// SET and RESET are the planner's to understand.
struct BoundSet {
  OptionEntry setting;
};
struct BoundReset {
  std::string key;  // Empty: all.
};
struct BoundShowSettings {};

using BoundStatement =
    std::variant<BoundWrite, BoundExplain, BoundText, BoundSet, BoundReset, BoundShowSettings>;

struct BoundScript {
  std::vector<BoundStatement> statements;  // In order; without those that have errors.
  std::vector<SqlDiagnostic> diagnostics;  // In order of the statements.
};

// `text`: what the statements were parsed from.
BoundScript BindScript(const std::vector<Statement>& statements, std::string_view text,
                       Catalog& catalog);

}  // namespace millrace
