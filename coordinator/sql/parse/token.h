// What the lexer cuts a script into. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/sql/parse/source_span.h"

namespace millrace {

enum class TokenKind : uint8_t {
  kEnd,         // Behind the last token.
  kInvalid,     // Reported by the lexer already.
  kWord,        // A keyword or an identifier without quotes.
  kQuotedName,  // `x` or "x"
  kString,      // 'x' and U&'x'
  kBinary,      // x'ff'
  kInteger,
  kDecimal,  // 1.5
  kDouble,   // 1e3
  kHintBegin,
  kHintEnd,
  kLeftParenthesis,
  kRightParenthesis,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kComma,
  kDot,
  kSemicolon,
  kColon,
  kDoubleColon,
  kQuestionMark,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kConcatenate,
  kBar,
  kCaret,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kArrow,  // =>
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  SourceSpan span;
  // kWord: as written. kQuotedName, kString, kBinary: without the quotes, escapes resolved.
  // Numbers and symbols: as written.
  std::string value;
  std::string word;       // kWord: in upper case, which is how keywords are compared.
  bool addition = false;  // Flink has no such token: "x" as a name.
};

}  // namespace millrace
