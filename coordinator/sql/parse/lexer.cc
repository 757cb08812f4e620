#include "coordinator/sql/parse/lexer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "coordinator/sql/parse/string_escapes.h"

namespace millrace {
namespace {

bool IsWordStart(char c) {
  return absl::ascii_isalpha(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool IsWordPart(char c) { return IsWordStart(c) || absl::ascii_isdigit(c); }

struct SymbolText {
  std::string_view text;
  TokenKind kind;
};

// The longer of two that begin alike stands first.
constexpr SymbolText kSymbols[] = {
    {"::", TokenKind::kDoubleColon},
    {"||", TokenKind::kConcatenate},
    {"=>", TokenKind::kArrow},
    {"<>", TokenKind::kNotEqual},
    {"!=", TokenKind::kNotEqual},
    {"<=", TokenKind::kLessOrEqual},
    {">=", TokenKind::kGreaterOrEqual},
    {"(", TokenKind::kLeftParenthesis},
    {")", TokenKind::kRightParenthesis},
    {"[", TokenKind::kLeftBracket},
    {"]", TokenKind::kRightBracket},
    {"{", TokenKind::kLeftBrace},
    {"}", TokenKind::kRightBrace},
    {",", TokenKind::kComma},
    {".", TokenKind::kDot},
    {";", TokenKind::kSemicolon},
    {":", TokenKind::kColon},
    {"?", TokenKind::kQuestionMark},
    {"+", TokenKind::kPlus},
    {"-", TokenKind::kMinus},
    {"*", TokenKind::kStar},
    {"/", TokenKind::kSlash},
    {"%", TokenKind::kPercent},
    {"|", TokenKind::kBar},
    {"^", TokenKind::kCaret},
    {"=", TokenKind::kEqual},
    {"<", TokenKind::kLess},
    {">", TokenKind::kGreater},
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  LexedScript Run() {
    while (SkipBlanks()) LexToken();
    if (in_hint_) {
      Report({hint_begin_, 3}, "MR1002", "the hint is not closed", "a hint ends with */");
    }
    Emit(TokenKind::kEnd, position_);
    return std::move(script_);
  }

 private:
  bool StartsWith(std::string_view prefix) const {
    return text_.substr(position_, prefix.size()) == prefix;
  }

  char At(size_t ahead) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }

  // Whether anything but blanks and comments is left.
  bool SkipBlanks() {
    for (;;) {
      while (position_ < text_.size() && absl::ascii_isspace(text_[position_])) ++position_;
      if (StartsWith("--") || StartsWith("//")) {
        position_ = std::min(text_.find('\n', position_), text_.size());
      } else if (StartsWith("/*") && !StartsWith("/*+")) {
        SkipComment();
      } else {
        return position_ < text_.size();
      }
    }
  }

  void SkipComment() {
    const size_t close = text_.find("*/", position_ + 2);
    if (close != std::string_view::npos) {
      position_ = close + 2;
      return;
    }
    Report({Offset(position_), 2}, "MR1002", "the comment is not closed", "a comment ends with */");
    const size_t begin = std::exchange(position_, text_.size());
    Emit(TokenKind::kInvalid, begin);
  }

  void LexToken() {
    const char c = text_[position_];
    if (StartsWith("/*+") || (in_hint_ && StartsWith("*/"))) {
      LexHintMark();
    } else if (c == '\'') {
      LexString();
    } else if ((c == 'x' || c == 'X') && At(1) == '\'') {
      LexBinary();
    } else if ((c == 'u' || c == 'U') && At(1) == '&' && At(2) == '\'') {
      LexUnicodeString();
    } else if (c == '`' || c == '"') {
      LexQuotedName(c);
    } else if (absl::ascii_isdigit(c) || (c == '.' && absl::ascii_isdigit(At(1)))) {
      LexNumber();
    } else if (IsWordStart(c)) {
      LexWord();
    } else {
      LexSymbol();
    }
  }

  void LexHintMark() {
    const size_t begin = position_;
    const bool opens = StartsWith("/*+");
    position_ += opens ? 3 : 2;
    in_hint_ = opens;
    if (opens) hint_begin_ = Offset(begin);
    Emit(opens ? TokenKind::kHintBegin : TokenKind::kHintEnd, begin);
  }

  // Reads on from the opening quote at position_ to behind the closing one; a doubled quote stands
  // for itself. None, and reported, if there is no closing quote.
  std::optional<std::string> ReadQuoted(char quote, std::string_view what) {
    const size_t begin = position_++;
    std::string value;
    while (position_ < text_.size()) {
      const char c = text_[position_++];
      if (c == quote) {
        if (At(0) != quote) return value;
        ++position_;
      }
      value += c;
    }
    Report({Offset(begin), 1}, "MR1002", absl::StrCat("the ", AbslView(what), " is not closed"),
           absl::StrCat("a ", AbslView(what), " ends with ", std::string(1, quote), "; write ",
                        std::string(2, quote), " for one inside it"));
    return std::nullopt;
  }

  // Skips a prefix, such as the x of x'ff', then reads the string.
  std::optional<std::string> LexQuotedPart(size_t prefix, char quote, std::string_view what) {
    const size_t begin = position_;
    position_ += prefix;
    std::optional<std::string> value = ReadQuoted(quote, what);
    if (!value.has_value()) Emit(TokenKind::kInvalid, begin);
    return value;
  }

  void LexString() {
    const size_t begin = position_;
    if (auto value = LexQuotedPart(0, '\'', "string")) {
      Emit(TokenKind::kString, begin, *std::move(value));
    }
  }

  void LexQuotedName(char quote) {
    const size_t begin = position_;
    auto name = LexQuotedPart(0, quote, "quoted name");
    if (!name.has_value()) return;
    if (name->empty()) {
      EmitInvalid(begin, "MR1004", "a quoted name is empty", "");
    } else {
      Emit(TokenKind::kQuotedName, begin, *std::move(name));
      script_.tokens.back().addition = quote == '"';
    }
  }

  void LexBinary() {
    const size_t begin = position_;
    const auto digits = LexQuotedPart(1, '\'', "string");
    if (!digits.has_value()) return;
    if (auto bytes = DecodeHex(*digits)) {
      Emit(TokenKind::kBinary, begin, *std::move(bytes));
    } else {
      EmitInvalid(begin, "MR1004", "a binary string is not a sequence of bytes",
                  "x'0aff' has two hexadecimal digits for every byte");
    }
  }

  // U&'...' [UESCAPE 'c']
  void LexUnicodeString() {
    const size_t begin = position_;
    const auto raw = LexQuotedPart(2, '\'', "string");
    if (!raw.has_value()) return;
    char escape = '\\';
    if (const size_t end = position_; AcceptUnicodeEscapeClause(&escape)) {
      if (escape == '\0') {
        return EmitInvalid(end, "MR1004", "UESCAPE takes one character, not a digit or a quote",
                           "UESCAPE '!'");
      }
    } else {
      position_ = end;
    }
    if (auto value = DecodeUnicodeEscapes(*raw, escape)) {
      Emit(TokenKind::kString, begin, *std::move(value));
    } else {
      EmitInvalid(begin, "MR1004", "a Unicode escape is malformed",
                  absl::StrCat("write ", std::string(1, escape), "00e9, ", std::string(1, escape),
                               "+01f600, or the escape character twice for itself"));
    }
  }

  // Moves behind the clause and sets `escape`, to '\0' if it is malformed.
  bool AcceptUnicodeEscapeClause(char* escape) {
    while (absl::ascii_isspace(At(0))) ++position_;
    constexpr std::string_view kClause = "UESCAPE";
    if (absl::AsciiStrToUpper(AbslView(text_.substr(position_, kClause.size()))) !=
            AbslView(kClause) ||
        IsWordPart(At(kClause.size()))) {
      return false;
    }
    position_ += kClause.size();
    while (absl::ascii_isspace(At(0))) ++position_;
    const char c = At(1);
    const bool valid = At(0) == '\'' && At(2) == '\'' && absl::ascii_isprint(c) &&
                       !absl::ascii_isxdigit(c) && !absl::ascii_isspace(c) && c != '\'' &&
                       c != '"' && c != '+';
    *escape = valid ? c : '\0';
    if (valid) position_ += 3;
    return true;
  }

  void SkipDigits() {
    while (absl::ascii_isdigit(At(0))) ++position_;
  }

  void LexNumber() {
    const size_t begin = position_;
    TokenKind kind = TokenKind::kInteger;
    SkipDigits();
    if (At(0) == '.') {
      kind = TokenKind::kDecimal;
      ++position_;
      SkipDigits();
    }
    const size_t sign = At(1) == '+' || At(1) == '-' ? 1 : 0;
    if ((At(0) == 'e' || At(0) == 'E') && absl::ascii_isdigit(At(1 + sign))) {
      kind = TokenKind::kDouble;
      position_ += 1 + sign;
      SkipDigits();
    }
    if (IsWordStart(At(0))) {
      while (IsWordPart(At(0))) ++position_;
      return EmitInvalid(begin, "MR1004", "a number is directly followed by letters",
                         "a name that begins with a digit needs back-quotes");
    }
    Emit(kind, begin, std::string(text_.substr(begin, position_ - begin)));
  }

  void LexWord() {
    const size_t begin = position_;
    while (position_ < text_.size() && IsWordPart(text_[position_])) ++position_;
    Emit(TokenKind::kWord, begin, std::string(text_.substr(begin, position_ - begin)));
    script_.tokens.back().word = absl::AsciiStrToUpper(script_.tokens.back().value);
  }

  void LexSymbol() {
    const size_t begin = position_;
    for (const SymbolText& symbol : kSymbols) {
      if (!StartsWith(symbol.text)) continue;
      position_ += symbol.text.size();
      return Emit(symbol.kind, begin, std::string(symbol.text));
    }
    const char c = text_[position_++];
    const std::string shown =
        absl::ascii_isprint(c) ? std::string(1, c) : absl::StrCat("0x", absl::Hex(c & 0xff));
    EmitInvalid(begin, "MR1001", absl::StrCat("'", shown, "' means nothing in SQL"), "");
  }

  static uint32_t Offset(size_t position) { return static_cast<uint32_t>(position); }

  SourceSpan SpanFrom(size_t begin) const { return {Offset(begin), Offset(position_ - begin)}; }

  void Emit(TokenKind kind, size_t begin, std::string value = "") {
    script_.tokens.push_back({.kind = kind, .span = SpanFrom(begin), .value = std::move(value)});
  }

  void EmitInvalid(size_t begin, std::string code, std::string message, std::string hint) {
    Report(SpanFrom(begin), std::move(code), std::move(message), std::move(hint));
    Emit(TokenKind::kInvalid, begin);
  }

  void Report(SourceSpan span, std::string code, std::string message, std::string hint) {
    script_.diagnostics.push_back({.span = span,
                                   .code = std::move(code),
                                   .message = std::move(message),
                                   .hint = std::move(hint)});
  }

  const std::string_view text_;
  size_t position_ = 0;
  bool in_hint_ = false;
  uint32_t hint_begin_ = 0;
  LexedScript script_;
};

}  // namespace

LexedScript Lex(std::string_view text) { return Lexer(text).Run(); }

}  // namespace millrace
