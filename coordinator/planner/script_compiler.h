// The entry to the planner: the text of a script to a job that can run, and to what its statements
// answer.
//
// substitute variables -> parse -> bind -> optimize -> plan. All INSERTs and SELECTs of a script
// are one job (README.md, Decisions). Never fails: what is wrong comes out as diagnostics at their
// places. Pure and thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/plan/job_graph.h"
#include "coordinator/planner/job_settings.h"
#include "coordinator/sql/parse/diagnostic.h"

namespace millrace {

struct ScriptSource {
  std::string sql;
  Settings settings;                             // As if SET before the script.
  std::map<std::string, std::string> variables;  // For ${NAME} in the script.
  int default_parallelism = 1;                   // Where 'parallelism.default' is not set.
};

struct CompiledScript {
  // Empty if the script neither inserts nor selects, or has errors. Named by 'pipeline.name', else
  // by its statements: "insert-into_result", as in Flink.
  std::optional<JobGraph> job;
  std::vector<std::string> results;        // Texts of EXPLAIN, SHOW and DESCRIBE, in order.
  std::vector<std::string> notes;          // Settings that change nothing, for the author to know.
  std::vector<SqlDiagnostic> diagnostics;  // In order of the text; empty: the script is right.
  std::string text;                        // What the diagnostics' spans are offsets into.

  // OK, or the diagnostics as people read them (diagnostic.h); `file` is named in them.
  absl::Status status(std::string_view file = "") const {
    return DiagnosticsToStatus(diagnostics, text, file);
  }
};

CompiledScript CompileScript(const ScriptSource& source);

// How the script would run: what EXPLAIN shows of all its INSERTs and SELECTs together. The status
// of CompileScript if there are errors; kInvalidArgument if there is nothing to run.
absl::StatusOr<std::string> ExplainScript(const ScriptSource& source);

}  // namespace millrace
