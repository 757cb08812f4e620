// How the tests of the parser look at its trees: as the text that the unparser makes of them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "coordinator/sql/parse/parser.h"
#include "coordinator/sql/parse/unparser.h"

namespace millrace {

// What a text is and what it becomes.
struct Reading {
  std::string_view text;
  std::string_view expected;
};

inline ParsedScript Parsed(std::string_view text) {
  ParsedScript script = ParseScript(text);
  EXPECT_TRUE(script.ok()) << RenderDiagnostics(script.diagnostics, text);
  return script;
}

// The statements of a valid script, unparsed and joined by "; ".
inline std::string Text(std::string_view script, UnparseOptions options = {}) {
  std::string out;
  for (const Statement& statement : Parsed(script).statements) {
    if (!out.empty()) out += "; ";
    out += Unparse(statement, options);
  }
  return out;
}

inline std::string ExpressionText(std::string_view text, UnparseOptions options = {}) {
  const ParsedExpression parsed = ParseSqlExpression(text);
  EXPECT_TRUE(parsed.expression != nullptr) << RenderDiagnostics(parsed.diagnostics, text);
  return parsed.expression == nullptr ? "" : Unparse(*parsed.expression, options);
}

// The rendered diagnostics of a script, without the source excerpts: "1:8 MR1101 message".
inline std::string Errors(std::string_view text) {
  std::string out;
  for (const SqlDiagnostic& diagnostic : ParseScript(text).diagnostics) {
    const SourcePosition position = PositionOf(diagnostic.span.offset, text);
    if (!out.empty()) out += "\n";
    out += std::to_string(position.line) + ":" + std::to_string(position.column) + " " +
           diagnostic.code + " " + diagnostic.message;
    if (!diagnostic.hint.empty()) out += " (" + diagnostic.hint + ")";
  }
  return out;
}

}  // namespace millrace
