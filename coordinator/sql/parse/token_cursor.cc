#include "coordinator/sql/parse/token_cursor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"
#include "coordinator/sql/parse/keywords.h"
#include "coordinator/sql/parse/parser.h"

namespace millrace {
namespace {

// A level of parentheses takes about six stack frames.
constexpr int kMaxNesting = 200;

// The keyword that `token`, which was or would be read as a name, was probably meant to be.
std::string MeantClause(const Token* token) {
  if (token == nullptr || token->kind != TokenKind::kWord || IsReservedWord(token->word)) return "";
  const auto clause = SimilarName(token->word, ClauseWords());
  // A name such as `orders` is not a slip of the hand.
  if (!clause.has_value() || absl::StartsWith(token->word, *clause)) return "";
  return *clause;
}

}  // namespace

const Token& TokenCursor::Peek(size_t ahead) const {
  if (failed_) return end_;
  return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
}

bool TokenCursor::AtWord(std::string_view word, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && token.word == word;
}

bool TokenCursor::AtWords(std::initializer_list<std::string_view> words) const {
  size_t ahead = 0;
  return std::all_of(words.begin(), words.end(),
                     [&](std::string_view word) { return AtWord(word, ahead++); });
}

bool TokenCursor::AtAnyWord(std::initializer_list<std::string_view> words, size_t ahead) const {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return AtWord(word, ahead); });
}

const Token& TokenCursor::Next() {
  const Token& token = Peek();
  if (token.addition) NoteAddition(token.span);
  if (!failed_ && position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool TokenCursor::Accept(TokenKind kind) {
  if (!At(kind)) return false;
  Next();
  return true;
}

bool TokenCursor::AcceptWord(std::string_view word) {
  if (!AtWord(word)) return false;
  Next();
  return true;
}

bool TokenCursor::AcceptWords(std::initializer_list<std::string_view> words) {
  if (!AtWords(words)) return false;
  for (size_t i = 0; i < words.size(); ++i) Next();
  return true;
}

bool TokenCursor::Expect(TokenKind kind, std::string_view shown) {
  if (Accept(kind)) return true;
  FailExpected(shown);
  return false;
}

bool TokenCursor::ExpectWord(std::string_view word) {
  if (AcceptWord(word)) return true;
  const bool mistyped =
      At(TokenKind::kWord) && SimilarName(Peek().word, {std::string(word)}).has_value();
  FailExpected(word, mistyped ? absl::StrCat("did you mean ", AbslView(word), "?") : "");
  return false;
}

bool TokenCursor::ExpectWords(std::initializer_list<std::string_view> words) {
  return std::all_of(words.begin(), words.end(),
                     [&](std::string_view word) { return ExpectWord(word); });
}

void TokenCursor::FailExpected(std::string_view what, std::string hint) {
  if (hint.empty()) hint = MistypedClauseHint();
  Fail(Peek().span, "MR1101", absl::StrCat("expected ", AbslView(what), ", found ", Found()),
       std::move(hint));
}

std::string TokenCursor::MistypedClauseHint() const {
  if (const std::string clause = MeantClause(&Peek()); !clause.empty()) {
    return absl::StrCat("did you mean ", clause, "?");
  }
  if (const std::string clause = MeantClause(previous()); !clause.empty()) {
    return absl::StrCat(previous()->value, " was read as a name; did you mean ", clause, "?");
  }
  return "";
}

void TokenCursor::FailSilently() {
  end_ = {.kind = TokenKind::kEnd, .span = Peek().span};
  failed_ = true;
}

void TokenCursor::Fail(SourceSpan span, std::string code, std::string message, std::string hint) {
  Record({.span = span,
          .code = std::move(code),
          .message = std::move(message),
          .hint = std::move(hint)});
}

void TokenCursor::FailNotBuilt(SourceSpan span, std::string_view what, std::string hint) {
  Record({.span = span,
          .code = "MR1201",
          .message = absl::StrCat(AbslView(what), " is valid Flink SQL, but not built here yet"),
          .hint = std::move(hint),
          .not_built = true});
}

void TokenCursor::Record(SqlDiagnostic diagnostic) {
  if (failed_) return;
  // What the lexer could not read it has reported itself.
  if (!At(TokenKind::kInvalid)) diagnostics_.push_back(std::move(diagnostic));
  FailSilently();
}

void TokenCursor::SkipStatement() {
  failed_ = false;
  depth_ = 0;
  height_ = 0;
  while (!AtStatementEnd()) Next();
  Accept(TokenKind::kSemicolon);
}

SourceSpan TokenCursor::SpanFrom(uint32_t begin) const {
  const Token* last = previous();
  if (last == nullptr || last->span.end() <= begin) return {begin, 0};
  return {begin, last->span.end() - begin};
}

std::string TokenCursor::Found() const {
  const Token& token = Peek();
  switch (token.kind) {
    case TokenKind::kEnd:
      return "the end of the script";
    case TokenKind::kSemicolon:
      return "the end of the statement";
    case TokenKind::kWord:
      return token.value;
    case TokenKind::kQuotedName:
      return absl::StrCat("`", token.value, "`");
    case TokenKind::kString:
      return "a string";
    case TokenKind::kBinary:
      return "a binary string";
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kDouble:
      return absl::StrCat("the number ", token.value);
    case TokenKind::kHintBegin:
    case TokenKind::kHintEnd:
      return "a hint";
    default:
      return absl::StrCat("'", token.value, "'");
  }
}

void TokenCursor::Raise(int height) {
  height_ = height;
  // The statement and the query around it stand on top of what is counted.
  if (height_ <= kMaxTreeHeight - 10) return;
  Fail(Peek().span, "MR1003", "this is too long a chain or too deep a nesting",
       "an IN list, or views for the parts, is not limited in this way");
}

Nesting::Nesting(TokenCursor& cursor) : cursor_(cursor), outer_height_(cursor.height_) {
  cursor_.height_ = 0;
  if (++cursor_.depth_ <= kMaxNesting) return;
  cursor_.Fail(cursor_.Peek().span, "MR1003",
               absl::StrCat("this is nested more than ", kMaxNesting, " levels deep"),
               "views or WITH can hold the inner parts");
}

Nesting::~Nesting() {
  --cursor_.depth_;
  cursor_.Raise(std::max(outer_height_, cursor_.height_ + 1));
}

}  // namespace millrace
