// The entry to the planner: the text of a script to a job that can run, and to what its statements
// answer.
//
// substitute variables -> parse -> bind -> optimize -> plan. All INSERTs and SELECTs of a script
// are one job (README.md, Decisions). Never fails: what is wrong comes out as diagnostics at their
// places. Pure and thread-safe, but for a session, which is its caller's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/plan/job_graph.h"
#include "coordinator/catalog/catalog.h"
#include "coordinator/planner/job_settings.h"
#include "coordinator/sql/parse/diagnostic.h"

namespace millrace {

struct ScriptSource {
  std::string sql;
  Settings settings;                             // As if SET before the script.
  std::map<std::string, std::string> variables;  // For ${NAME} in the script.
  int default_parallelism = 1;                   // Where 'parallelism.default' is not set.
};

// What its author should know: a setting that changes nothing.
struct ScriptNote {
  SourceSpan span;  // Empty for a setting from outside the script.
  std::string message;
};

struct CompiledScript {
  // Empty if the script neither inserts nor selects, or has errors. Named by 'pipeline.name', else
  // by its statements: "insert-into_result", as in Flink.
  std::optional<JobGraph> job;
  std::vector<std::string> results;        // Texts of EXPLAIN, SHOW and DESCRIBE, in order.
  std::vector<ScriptNote> notes;           // In the order of what they are about.
  std::vector<SqlDiagnostic> diagnostics;  // In order of the text; empty: the script is right.
  std::string text;                        // The script as given: spans are offsets into it.

  // OK, or the diagnostics as people read them (diagnostic.h); `file` is named in them.
  absl::Status status(std::string_view file = "") const {
    return DiagnosticsToStatus(diagnostics, text, file);
  }
};

CompiledScript CompileScript(const ScriptSource& source);

// What the statements of a shell leave behind for those that follow.
struct SqlSession {
  Catalog catalog;
  Settings settings;
};

// A script that goes on where others have ended: it finds their tables and settings, and leaves its
// own. A script with errors leaves nothing. `source.settings` are not looked at.
CompiledScript CompileInSession(const ScriptSource& source, SqlSession& session);

// Every function that a query may call, sorted, aggregates too.
std::vector<std::string> SqlFunctionNames();

// How the script would run: what EXPLAIN shows of all its INSERTs and SELECTs together. The status
// of CompileScript if there are errors; kInvalidArgument if there is nothing to run.
absl::StatusOr<std::string> ExplainScript(const ScriptSource& source);

}  // namespace millrace
