// What `millrace validate` finds in scripts, for editors and for people. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/sql/parse/diagnostic.h"

namespace millrace {

enum class FindingSeverity : uint8_t {
  kWarning,  // Runs, but not all of it means something here.
  kError,    // Does not run.
};

// One place of a file and what is to be said about it.
struct ScriptFinding {
  std::string file;
  SourcePosition begin;
  SourcePosition end;  // Behind the last character.
  FindingSeverity severity = FindingSeverity::kError;
  std::string code;  // "MR2002"; of a warning: "MR2019".
  std::string message;
  std::string hint;  // Empty: none.
};

struct ScriptToCheck {
  std::string file;  // As findings name it.
  std::string text;
  std::map<std::string, std::string> settings;
  std::map<std::string, std::string> variables;
};

// Parses, binds and plans the script, as a submission would, without a cluster. In the order of the
// text; what has no place in it (a setting of the command line) stands at its beginning.
std::vector<ScriptFinding> CheckScript(const ScriptToCheck& script);

// Whether any of them keeps its script from running.
bool HasScriptErrors(const std::vector<ScriptFinding>& findings);

// [{"file": ..., "line": 1, "column": 1, "end": {"line": 1, "column": 7}, "severity": "error",
//   "code": ..., "message": ..., "hint": ...}, ...], one finding a line. Lines and columns count
//   from
// 1; a column is a character.
std::string ScriptFindingsJson(const std::vector<ScriptFinding>& findings);

// "job.sql:3:8: error MR2002: ...", a hint below it: the form that editors know from compilers.
std::string ScriptFindingsText(const std::vector<ScriptFinding>& findings);

}  // namespace millrace
