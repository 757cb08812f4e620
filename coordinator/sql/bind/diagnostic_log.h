// Collects what is wrong with a script, so that one run reports several errors.
//
// The functions of the binder report here and return a null pointer or an empty optional; their
// callers go on with what they can and pass the absence up without another word. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/sql/bind/diagnostic_codes.h"
#include "coordinator/sql/parse/diagnostic.h"

namespace millrace {

class DiagnosticLog {
 public:
  void Error(SourceSpan span, const char* code, std::string message, std::string hint = "");

  // "<what> is valid Flink SQL, not built yet". `what` begins the sentence: "JOIN".
  void NotBuilt(SourceSpan span, std::string_view what, std::string hint = "");
  // The same with the parser's code, for what only the parser knows.
  void SyntaxNotBuilt(SourceSpan span, std::string_view what, std::string hint = "");

  // What a registry or the catalog said. A "; did you mean ..." at its end becomes the hint.
  // kUnimplemented is reported as not built, whatever `code`.
  void Error(SourceSpan span, const char* code, const absl::Status& status);

  bool empty() const { return diagnostics_.empty(); }
  size_t size() const { return diagnostics_.size(); }
  const std::vector<SqlDiagnostic>& diagnostics() const { return diagnostics_; }
  std::vector<SqlDiagnostic> Take() { return std::exchange(diagnostics_, {}); }

 private:
  // One error at one place: what follows from it is not repeated.
  void Add(SqlDiagnostic diagnostic);

  std::vector<SqlDiagnostic> diagnostics_;
};

}  // namespace millrace
