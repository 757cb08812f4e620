#include "coordinator/sql/parse/literal_parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"
#include "coordinator/sql/parse/expression_nodes.h"
#include "coordinator/sql/parse/interval_value.h"
#include "coordinator/sql/parse/time_units.h"

namespace millrace {
namespace {

constexpr std::string_view kExample = "INTERVAL '5' MINUTE, INTERVAL '1 12' DAY TO HOUR";

std::optional<LiteralKind> WordLiteral(const Token& token) {
  if (token.kind != TokenKind::kWord) return std::nullopt;
  if (token.word == "NULL") return LiteralKind::kNull;
  if (token.word == "TRUE") return LiteralKind::kTrue;
  if (token.word == "FALSE") return LiteralKind::kFalse;
  if (token.word == "UNKNOWN") return LiteralKind::kUnknown;
  return std::nullopt;
}

std::optional<LiteralKind> TokenLiteral(TokenKind kind) {
  switch (kind) {
    case TokenKind::kString:
      return LiteralKind::kString;
    case TokenKind::kBinary:
      return LiteralKind::kBinary;
    case TokenKind::kInteger:
      return LiteralKind::kInteger;
    case TokenKind::kDecimal:
      return LiteralKind::kDecimal;
    case TokenKind::kDouble:
      return LiteralKind::kDouble;
    default:
      return std::nullopt;
  }
}

struct TemporalPrefix {
  std::initializer_list<std::string_view> words;
  LiteralKind kind;
};

const TemporalPrefix kTemporalPrefixes[] = {
    {{"TIMESTAMP", "WITH", "LOCAL", "TIME", "ZONE"}, LiteralKind::kTimestampLtz},
    {{"TIMESTAMP", "WITHOUT", "TIME", "ZONE"}, LiteralKind::kTimestamp},
    {{"TIMESTAMP"}, LiteralKind::kTimestamp},
    {{"TIME"}, LiteralKind::kTime},
    {{"DATE"}, LiteralKind::kDate},
};

const TemporalPrefix* AtTemporalLiteral(const TokenCursor& cursor) {
  for (const TemporalPrefix& prefix : kTemporalPrefixes) {
    if (cursor.AtWords(prefix.words) && cursor.At(TokenKind::kString, prefix.words.size())) {
      return &prefix;
    }
  }
  return nullptr;
}

// Skips "(2)" or "(2, 3)" behind a unit: every interval here is as precise as it needs to be.
void SkipPrecision(TokenCursor& cursor) {
  if (!cursor.Accept(TokenKind::kLeftParenthesis)) return;
  do {
    if (!cursor.Accept(TokenKind::kInteger)) cursor.FailExpected("a number of digits");
  } while (cursor.Accept(TokenKind::kComma));
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
}

// The form of other dialects, INTERVAL '5 minutes': moves the unit out of the text.
bool TakeUnitFromText(IntervalLiteral* literal) {
  const size_t space = literal->text.find(' ');
  if (space == std::string::npos) return false;
  const auto unit = TimeUnitOf(absl::AsciiStrToUpper(literal->text.substr(space + 1)));
  if (!unit.has_value() || !IsIntervalRange(*unit, *unit)) return false;
  literal->from = *unit;
  literal->text.resize(space);
  return true;
}

void ParseIntervalUnits(TokenCursor& cursor, IntervalLiteral* literal) {
  const bool has_unit = cursor.At(TokenKind::kWord) && TimeUnitOf(cursor.Peek().word).has_value();
  if (!has_unit && TakeUnitFromText(literal)) return;
  const uint32_t begin = cursor.begin();
  literal->from = ParseTimeUnit(cursor);
  SkipPrecision(cursor);
  TimeUnit to = literal->from;
  if (cursor.AcceptWord("TO")) {
    to = ParseTimeUnit(cursor);
    literal->to = to;
    SkipPrecision(cursor);
  }
  if (cursor.failed()) return;
  if (!IsIntervalRange(literal->from, to)) {
    cursor.Fail(cursor.SpanFrom(begin), "MR1105",
                literal->to.has_value() ? absl::StrCat("there is no interval of ",
                                                       AbslView(TimeUnitName(literal->from)),
                                                       " TO ", AbslView(TimeUnitName(to)))
                                        : absl::StrCat("there is no interval of the unit ",
                                                       AbslView(TimeUnitName(literal->from))),
                "YEAR TO MONTH, and DAY, HOUR, MINUTE, SECOND to a smaller one");
  }
}

SqlExpressionPtr ParseInterval(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.Next();
  IntervalLiteral literal;
  if (cursor.Accept(TokenKind::kMinus)) {
    literal.negative = true;
  } else {
    cursor.Accept(TokenKind::kPlus);
  }
  const SourceSpan text_span = cursor.Peek().span;
  if (!cursor.At(TokenKind::kString)) {
    cursor.FailExpected("the interval's length in quotes",
                        absl::StrCat("for example ", AbslView(kExample)));
    return nullptr;
  }
  literal.text = cursor.Next().value;
  ParseIntervalUnits(cursor, &literal);
  if (cursor.failed()) return nullptr;
  const auto value = IntervalValue(literal);
  if (!value.ok()) {
    cursor.Fail(text_span, "MR1105", std::string(value.status().message()),
                absl::StrCat("for example ", AbslView(kExample)));
    return nullptr;
  }
  literal.value = *value;
  literal.year_month = IsYearMonthUnit(literal.from);
  return MakeExpression(std::move(literal), cursor.SpanFrom(begin));
}

}  // namespace

bool AtLiteral(const TokenCursor& cursor) {
  const Token& token = cursor.Peek();
  return TokenLiteral(token.kind).has_value() || WordLiteral(token).has_value() ||
         cursor.AtWord("INTERVAL") || AtTemporalLiteral(cursor) != nullptr;
}

SqlExpressionPtr ParseLiteral(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  if (cursor.AtWord("INTERVAL")) return ParseInterval(cursor);
  LiteralValue literal;
  if (const TemporalPrefix* prefix = AtTemporalLiteral(cursor)) {
    for (size_t i = 0; i < prefix->words.size(); ++i) cursor.Next();
    literal = {.kind = prefix->kind, .text = cursor.Next().value};
  } else {
    const Token& token = cursor.Next();
    if (const auto kind = WordLiteral(token)) {
      literal.kind = *kind;
    } else {
      literal = {.kind = TokenLiteral(token.kind).value_or(LiteralKind::kNull),
                 .text = token.value};
    }
  }
  return MakeExpression(std::move(literal), cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseSignedLiteral(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  const bool minus = cursor.Accept(TokenKind::kMinus);
  const bool sign = minus || cursor.Accept(TokenKind::kPlus);
  const bool number = cursor.At(TokenKind::kInteger) || cursor.At(TokenKind::kDecimal) ||
                      cursor.At(TokenKind::kDouble);
  if (sign ? !number : !AtLiteral(cursor)) {
    cursor.FailExpected("a literal");
    return nullptr;
  }
  SqlExpressionPtr literal = ParseLiteral(cursor);
  if (!minus) return literal;
  UnaryExpression negative{.op = UnaryOperator::kMinus, .operand = std::move(literal)};
  return MakeExpression(std::move(negative), cursor.SpanFrom(begin));
}

TimeUnit ParseTimeUnit(TokenCursor& cursor) {
  const Token& token = cursor.Peek();
  if (token.kind == TokenKind::kWord) {
    if (const auto unit = TimeUnitOf(token.word)) {
      cursor.Next();
      return *unit;
    }
  }
  std::string hint;
  if (token.kind == TokenKind::kWord) {
    hint = DidYouMean(token.word, {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE",
                                   "SECOND", "MILLISECOND", "DOW", "DOY", "EPOCH"});
  }
  cursor.FailExpected("a unit of time such as SECOND", std::move(hint));
  return TimeUnit::kSecond;
}

}  // namespace millrace
