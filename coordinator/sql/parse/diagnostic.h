// What is wrong with a script, at its place. The parser and the binder report these; people read
// them as RenderDiagnostic writes them:
//
//   orders.sql:3:8: error MR1101: expected an expression, found FROM
//     3 | SELECT FROM orders
//       |        ^^^^
//   hint: a column named like a reserved word needs back-quotes: `from`
//
// Pure; plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/sql/parse/source_span.h"

namespace millrace {

struct SqlDiagnostic {
  SourceSpan span;
  std::string code;  // "MR1101": stable, documented in README.md. MR1... parser, MR2... binder.
  std::string message;
  std::string hint;  // Empty: none.

  // Valid in Flink, not built here yet: kUnimplemented rather than kInvalidArgument.
  bool not_built = false;
};

// Both count from 1; a column is a character (a UTF-8 code point), not a byte.
struct SourcePosition {
  int line = 1;
  int column = 1;
};
SourcePosition PositionOf(uint32_t offset, std::string_view text);

// `file` is left out of the output if empty. Ends without a line break.
std::string RenderDiagnostic(const SqlDiagnostic& diagnostic, std::string_view text,
                             std::string_view file = "");
std::string RenderDiagnostics(const std::vector<SqlDiagnostic>& diagnostics, std::string_view text,
                              std::string_view file = "");

// OK if there are none. kUnimplemented if all are `not_built`, else kInvalidArgument; the message
// is that of RenderDiagnostics.
absl::Status DiagnosticsToStatus(const std::vector<SqlDiagnostic>& diagnostics,
                                 std::string_view text, std::string_view file = "");

}  // namespace millrace
