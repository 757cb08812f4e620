// The SQL parser: the text of a script to a tree, or to diagnostics at their places.
//
// The dialect is Flink SQL 2.x (README.md lists what is read and what is only recognised).
// Hand-written: a lexer, recursive descent for statements and queries, precedence climbing (V.
// Pratt, "Top down operator precedence", 1973) for expressions. Pure and thread-safe. Never fails
// on any input: bad text gives diagnostics.
#pragma once

#include <string_view>
#include <vector>

#include "coordinator/sql/parse/ast.h"
#include "coordinator/sql/parse/diagnostic.h"

namespace millrace {

// No tree is higher, so that recursion over it fits every stack; what is deeper is refused
// (MR1003).
inline constexpr int kMaxTreeHeight = 1000;

struct ParsedScript {
  std::vector<Statement> statements;       // Those without errors, in the order written.
  std::vector<SqlDiagnostic> diagnostics;  // In the order of the text.
  // What Flink would refuse: where the statements use an addition of README.md's list.
  std::vector<SourceSpan> additions;

  bool ok() const { return diagnostics.empty(); }
};

// Statements end with ';', the last one may go without. After an error the parser goes on behind
// the next ';', so that one run reports the first error of every statement. Spans are offsets into
// `text`, which is at most 4 GB.
ParsedScript ParseScript(std::string_view text);

// One expression, e.g. of a test or a stored definition; spans are offsets into `text`.
struct ParsedExpression {
  SqlExpressionPtr expression;  // Null if there are diagnostics.
  std::vector<SqlDiagnostic> diagnostics;
};
ParsedExpression ParseSqlExpression(std::string_view text);

}  // namespace millrace
