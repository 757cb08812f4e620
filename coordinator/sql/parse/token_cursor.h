// A place in the tokens of a script, and what went wrong so far. All grammar functions take one.
//
// Errors are sticky: the first one of a statement is recorded, and from then on the cursor shows
// nothing but the end. So a grammar function need not test for errors: it returns whatever it has
// (pointers may be null), loops end by themselves, and the statement's owner throws the tree away.
// SkipStatement() makes a new beginning. Not thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/sql/parse/ast.h"
#include "coordinator/sql/parse/diagnostic.h"
#include "coordinator/sql/parse/token.h"

namespace millrace {

class TokenCursor {
 public:
  // Both outlive the cursor. `tokens` ends with a kEnd.
  TokenCursor(const std::vector<Token>& tokens, std::vector<SqlDiagnostic>& diagnostics)
      : tokens_(tokens), diagnostics_(diagnostics) {}

  // A kEnd once something failed.
  const Token& Peek(size_t ahead = 0) const;
  bool At(TokenKind kind, size_t ahead = 0) const { return Peek(ahead).kind == kind; }
  // Whether this keyword, in upper case, stands there without quotes.
  bool AtWord(std::string_view word, size_t ahead = 0) const;
  bool AtWords(std::initializer_list<std::string_view> words) const;
  bool AtAnyWord(std::initializer_list<std::string_view> words, size_t ahead = 0) const;
  // The end of the script, a semicolon, or after a failure.
  bool AtStatementEnd() const { return At(TokenKind::kEnd) || At(TokenKind::kSemicolon); }

  // Moves on by one token and returns it. Never moves behind kEnd.
  const Token& Next();

  // Moves on and returns true if it stands there.
  bool Accept(TokenKind kind);
  bool AcceptWord(std::string_view word);
  // All of them, or none.
  bool AcceptWords(std::initializer_list<std::string_view> words);

  // Fails if it does not stand there. Return whether it did.
  bool Expect(TokenKind kind, std::string_view shown);
  bool ExpectWord(std::string_view word);
  bool ExpectWords(std::initializer_list<std::string_view> words);

  // MR1101: "expected `what`, found ...", at the current token. Without a hint, a word nearby that
  // looks like a mistyped keyword makes one.
  void FailExpected(std::string_view what, std::string hint = "");
  void Fail(SourceSpan span, std::string code, std::string message, std::string hint = "");
  // MR1201: `what` is valid in Flink, not built here yet.
  void FailNotBuilt(SourceSpan span, std::string_view what, std::string hint = "");
  // For a statement of which a part has failed, and was reported, before SkipStatement().
  void FailSilently();
  bool failed() const { return failed_; }

  // Moves behind the next semicolon, and is not failed any more.
  void SkipStatement();

  // What was read at `span` is valid here, but not in Flink.
  void NoteAddition(SourceSpan span) {
    if (!failed_) additions_.push_back(span);
  }
  std::vector<SourceSpan> TakeAdditions() { return std::move(additions_); }

  // From the token at `begin`'s offset to the last one that was consumed.
  uint32_t begin() const { return Peek().span.offset; }
  SourceSpan SpanFrom(uint32_t begin) const;

  // How the current token is called in a message: "FROM", "'abc'", "the end of the script".
  std::string Found() const;

  // The token before the current one; null at the beginning of the script.
  const Token* previous() const { return position_ == 0 ? nullptr : &tokens_[position_ - 1]; }

  // One more operator of a chain, a + b + c: the tree grows by one though nothing nests.
  void Grow() { Raise(height_ + 1); }

 private:
  friend class Nesting;

  std::string MistypedClauseHint() const;
  void Record(SqlDiagnostic diagnostic);
  void Raise(int height);

  const std::vector<Token>& tokens_;
  std::vector<SqlDiagnostic>& diagnostics_;
  std::vector<SourceSpan> additions_;
  size_t position_ = 0;
  bool failed_ = false;
  Token end_;       // What is shown after a failure.
  int depth_ = 0;   // Of the recursion now.
  int height_ = 0;  // At least that of the trees below the innermost Nesting.
};

// Stands at the beginning of every grammar function that may come to call itself. Fails the
// statement (MR1003) when the recursion, or the tree that it builds, becomes too deep for a stack.
class Nesting {
 public:
  explicit Nesting(TokenCursor& cursor);
  ~Nesting();
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  TokenCursor& cursor_;
  const int outer_height_;
};

}  // namespace millrace
