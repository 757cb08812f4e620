#include "cli/shell/statement_buffer.h"

#include <utility>
#include <vector>

#include "common/base/absl_view.h"
#include "coordinator/sql/parse/lexer.h"

namespace millrace {
namespace {

// EXPLAIN and BEGIN or EXECUTE stand before "STATEMENT SET".
constexpr size_t kWordsBeforeSet = 8;

// BEGIN STATEMENT SET; ...; END, EXECUTE STATEMENT SET BEGIN ...; END, and EXPLAIN of them.
bool IsStatementSet(const std::vector<Token>& tokens, size_t begin) {
  for (size_t i = begin; i + 1 < tokens.size() && i < begin + kWordsBeforeSet; ++i) {
    if (tokens[i].kind != TokenKind::kWord && tokens[i].kind != TokenKind::kComma) return false;
    if (tokens[i].word == "STATEMENT" && tokens[i + 1].word == "SET") return true;
  }
  return false;
}

// Whether the ';' at `semicolon` follows the END of a set: END of a CASE follows an expression.
bool EndsSet(const std::vector<Token>& tokens, size_t begin, size_t semicolon) {
  if (semicolon < begin + 2 || tokens[semicolon - 1].word != "END") return false;
  const Token& before = tokens[semicolon - 2];
  return before.kind == TokenKind::kSemicolon || before.word == "BEGIN" || before.word == "SET";
}

}  // namespace

void StatementBuffer::AddLine(std::string_view line) {
  text_ += line;
  text_ += '\n';
}

std::optional<ShellStatement> StatementBuffer::Next() {
  const LexedScript lexed = Lex(begun());
  const std::vector<Token>& tokens = lexed.tokens;
  size_t begin = 0;
  while (tokens[begin].kind == TokenKind::kSemicolon) ++begin;
  const bool is_set = IsStatementSet(tokens, begin);
  for (size_t i = begin; tokens[i].kind != TokenKind::kEnd; ++i) {
    if (tokens[i].kind != TokenKind::kSemicolon) continue;
    if (is_set && !EndsSet(tokens, begin, i)) continue;
    const size_t base = next_;
    next_ = base + tokens[i].span.end();
    return Take(base + tokens[begin].span.offset, base + tokens[i].span.offset);
  }
  return std::nullopt;
}

std::optional<ShellStatement> StatementBuffer::Rest() {
  if (!is_within_statement()) return std::nullopt;
  const size_t begin = next_;
  next_ = text_.size();
  return Take(begin, text_.size());
}

bool StatementBuffer::is_within_statement() const {
  const LexedScript lexed = Lex(begun());
  for (const Token& token : lexed.tokens) {
    if (token.kind != TokenKind::kEnd && token.kind != TokenKind::kSemicolon) return true;
  }
  return !lexed.diagnostics.empty();  // A comment that is not closed.
}

ShellStatement StatementBuffer::Take(size_t begin, size_t end) {
  const auto is_blank = [&](size_t at) { return text_[at] == ' ' || text_[at] == '\n'; };
  while (begin < end && is_blank(begin)) ++begin;
  while (end > begin && is_blank(end - 1)) --end;
  return {.text = text_.substr(begin, end - begin), .offset = begin};
}

}  // namespace millrace
