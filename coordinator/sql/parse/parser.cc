#include "coordinator/sql/parse/parser.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/valid_utf8.h"
#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/lexer.h"
#include "coordinator/sql/parse/statement_parser.h"
#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {
namespace {

// What would make every offset or every string doubtful.
std::vector<SqlDiagnostic> CheckText(std::string_view text) {
  if (text.size() >= std::numeric_limits<uint32_t>::max()) {
    return {{.code = "MR1005", .message = "the script is longer than 4 GB"}};
  }
  const size_t invalid = FindInvalidUtf8(text);
  if (invalid == std::string_view::npos) return {};
  return {{.span = {static_cast<uint32_t>(invalid), 1},
           .code = "MR1005",
           .message = "the script is not UTF-8 text",
           .hint = "save it as UTF-8"}};
}

void SortByPlace(std::vector<SqlDiagnostic>* diagnostics) {
  std::stable_sort(
      diagnostics->begin(), diagnostics->end(),
      [](const SqlDiagnostic& a, const SqlDiagnostic& b) { return a.span.offset < b.span.offset; });
}

}  // namespace

ParsedScript ParseScript(std::string_view text) {
  ParsedScript script{.diagnostics = CheckText(text)};
  if (!script.ok()) return script;
  LexedScript lexed = Lex(text);
  script.diagnostics = std::move(lexed.diagnostics);
  TokenCursor cursor(lexed.tokens, script.diagnostics);
  while (!cursor.At(TokenKind::kEnd)) {
    if (cursor.Accept(TokenKind::kSemicolon)) continue;
    Statement statement = ParseStatement(cursor);
    if (!cursor.failed()) script.statements.push_back(std::move(statement));
    cursor.SkipStatement();
  }
  SortByPlace(&script.diagnostics);
  script.additions = cursor.TakeAdditions();
  return script;
}

ParsedExpression ParseSqlExpression(std::string_view text) {
  ParsedExpression parsed{.diagnostics = CheckText(text)};
  if (!parsed.diagnostics.empty()) return parsed;
  LexedScript lexed = Lex(text);
  parsed.diagnostics = std::move(lexed.diagnostics);
  TokenCursor cursor(lexed.tokens, parsed.diagnostics);
  parsed.expression = ParseExpression(cursor);
  if (!cursor.At(TokenKind::kEnd)) cursor.FailExpected("the end of the expression");
  SortByPlace(&parsed.diagnostics);
  if (!parsed.diagnostics.empty()) parsed.expression = nullptr;
  return parsed;
}

}  // namespace millrace
