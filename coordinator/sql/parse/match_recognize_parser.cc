#include "coordinator/sql/parse/match_recognize_parser.h"

#include <memory>
#include <utility>

#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/literal_parser.h"
#include "coordinator/sql/parse/name_parser.h"

namespace millrace {
namespace {

using Kind = MatchPattern::Kind;
using Quantifier = MatchPattern::Quantifier;

MatchPattern ParsePattern(TokenCursor& cursor);

MatchPatternPtr Share(MatchPattern pattern) {
  return std::make_shared<const MatchPattern>(std::move(pattern));
}

bool AtExclusion(const TokenCursor& cursor) {
  return cursor.At(TokenKind::kLeftBrace) && cursor.At(TokenKind::kMinus, 1);
}

bool AtFactor(const TokenCursor& cursor) {
  // $, the end of the rows, would be a name elsewhere.
  return (AtIdentifier(cursor) && !cursor.AtWord("$")) || cursor.AtWord("PERMUTE") ||
         cursor.At(TokenKind::kLeftParenthesis) || AtExclusion(cursor);
}

std::string ParseRepetitions(TokenCursor& cursor) {
  if (cursor.At(TokenKind::kInteger)) return cursor.Next().value;
  cursor.FailExpected("a number of repetitions");
  return "";
}

// {n}, {n,}, {,m}, {n,m}
Quantifier ParseBraces(TokenCursor& cursor) {
  Quantifier quantifier;
  cursor.Next();
  if (!cursor.At(TokenKind::kComma)) quantifier.low = ParseRepetitions(cursor);
  if (!cursor.Accept(TokenKind::kComma)) {
    quantifier.high = quantifier.low;
  } else if (!quantifier.low.has_value() || !cursor.At(TokenKind::kRightBrace)) {
    quantifier.high = ParseRepetitions(cursor);
  }
  cursor.Expect(TokenKind::kRightBrace, "'}'");
  return quantifier;
}

std::optional<Quantifier> ParseQuantifier(TokenCursor& cursor) {
  std::optional<Quantifier> quantifier;
  if (cursor.Accept(TokenKind::kStar)) {
    quantifier = Quantifier{.low = "0"};
  } else if (cursor.Accept(TokenKind::kPlus)) {
    quantifier = Quantifier{.low = "1"};
  } else if (cursor.Accept(TokenKind::kQuestionMark)) {
    quantifier = Quantifier{.low = "0", .high = "1"};
  } else if (cursor.At(TokenKind::kLeftBrace) && !AtExclusion(cursor)) {
    quantifier = ParseBraces(cursor);
  }
  if (quantifier.has_value()) quantifier->reluctant = cursor.Accept(TokenKind::kQuestionMark);
  return quantifier;
}

// A, (pattern), {- pattern -}, PERMUTE(pattern, ...)
MatchPattern ParsePrimary(TokenCursor& cursor) {
  if (cursor.Accept(TokenKind::kLeftParenthesis)) {
    MatchPattern pattern = ParsePattern(cursor);
    cursor.Expect(TokenKind::kRightParenthesis, "')'");
    return pattern;
  }
  if (AtExclusion(cursor)) {
    cursor.Next();
    cursor.Next();
    MatchPattern exclusion{.kind = Kind::kExclusion, .parts = {Share(ParsePattern(cursor))}};
    cursor.Expect(TokenKind::kMinus, "'-}'");
    cursor.Expect(TokenKind::kRightBrace, "'-}'");
    return exclusion;
  }
  if (!cursor.AtWord("PERMUTE")) {
    return {.variable = ParseIdentifier(cursor, "a variable of the pattern")};
  }
  cursor.Next();
  MatchPattern permutation{.kind = Kind::kPermutation};
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  do {
    permutation.parts.push_back(Share(ParsePattern(cursor)));
  } while (cursor.Accept(TokenKind::kComma));
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  return permutation;
}

MatchPattern ParseFactor(TokenCursor& cursor) {
  MatchPattern factor = ParsePrimary(cursor);
  std::optional<Quantifier> quantifier = ParseQuantifier(cursor);
  if (!quantifier.has_value()) return factor;
  // (A+)* has two quantifiers and so two nodes.
  if (factor.quantifier.has_value()) {
    factor = {.kind = Kind::kSequence, .parts = {Share(std::move(factor))}};
  }
  factor.quantifier = std::move(quantifier);
  return factor;
}

MatchPattern ParseSequence(TokenCursor& cursor) {
  MatchPattern first = ParseFactor(cursor);
  if (!AtFactor(cursor)) return first;
  MatchPattern sequence{.kind = Kind::kSequence, .parts = {Share(std::move(first))}};
  while (AtFactor(cursor)) sequence.parts.push_back(Share(ParseFactor(cursor)));
  return sequence;
}

MatchPattern ParsePattern(TokenCursor& cursor) {
  const Nesting nesting(cursor);
  MatchPattern first = ParseSequence(cursor);
  if (!cursor.At(TokenKind::kBar)) return first;
  MatchPattern alternatives{.kind = Kind::kAlternatives, .parts = {Share(std::move(first))}};
  while (cursor.Accept(TokenKind::kBar)) {
    alternatives.parts.push_back(Share(ParseSequence(cursor)));
  }
  return alternatives;
}

// expression AS name, ...
void ParseMeasures(TokenCursor& cursor, MatchRecognizeTable* match) {
  do {
    MatchRecognizeTable::NamedExpression measure{.expression = ParseExpression(cursor)};
    cursor.ExpectWord("AS");
    measure.name = ParseIdentifier(cursor, "the name of a measure");
    match->measures.push_back(std::move(measure));
  } while (cursor.Accept(TokenKind::kComma));
}

// Behind AFTER MATCH SKIP.
void ParseSkip(TokenCursor& cursor, MatchRecognizeTable* match) {
  if (cursor.AcceptWords({"PAST", "LAST", "ROW"})) {
    match->after_match = AfterMatch::kPastLastRow;
    return;
  }
  cursor.ExpectWord("TO");
  if (cursor.AcceptWords({"NEXT", "ROW"})) {
    match->after_match = AfterMatch::kToNextRow;
    return;
  }
  match->after_match = AfterMatch::kToLast;
  const bool named = AtIdentifier(cursor, 1);
  if (named && cursor.AcceptWord("FIRST")) {
    match->after_match = AfterMatch::kToFirst;
  } else if (named) {
    cursor.AcceptWord("LAST");
  }
  match->after_variable = ParseIdentifier(cursor, "a variable of the pattern");
}

// ONE ROW PER MATCH, AFTER MATCH SKIP ...
void ParseOutput(TokenCursor& cursor, MatchRecognizeTable* match) {
  if (cursor.AcceptWords({"ONE", "ROW", "PER", "MATCH"})) {
    match->rows_per_match = RowsPerMatch::kOneRow;
  } else if (cursor.AcceptWords({"ALL", "ROWS", "PER", "MATCH"})) {
    match->rows_per_match = RowsPerMatch::kAllRows;
  }
  if (cursor.AcceptWords({"AFTER", "MATCH", "SKIP"})) ParseSkip(cursor, match);
}

// PATTERN ([^] pattern [$]) [WITHIN interval]
void ParsePatternClause(TokenCursor& cursor, MatchRecognizeTable* match) {
  cursor.ExpectWord("PATTERN");
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  match->from_start = cursor.Accept(TokenKind::kCaret);
  match->pattern = Share(ParsePattern(cursor));
  match->to_end = cursor.AcceptWord("$");
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  if (!cursor.AcceptWord("WITHIN")) return;
  if (!cursor.AtWord("INTERVAL")) return cursor.FailExpected("an INTERVAL");
  match->within = ParseLiteral(cursor);
}

// [SUBSET name = (a, b), ...] DEFINE variable AS condition, ...
void ParseDefinitions(TokenCursor& cursor, MatchRecognizeTable* match) {
  if (cursor.AcceptWord("SUBSET")) {
    do {
      MatchRecognizeTable::Subset subset{.name = ParseIdentifier(cursor, "the name of a subset")};
      cursor.Expect(TokenKind::kEqual, "'='");
      subset.variables = ParseNameList(cursor, "a variable of the pattern");
      match->subsets.push_back(std::move(subset));
    } while (cursor.Accept(TokenKind::kComma));
  }
  cursor.ExpectWord("DEFINE");
  do {
    MatchRecognizeTable::NamedExpression definition{
        .name = ParseIdentifier(cursor, "a variable of the pattern")};
    cursor.ExpectWord("AS");
    definition.expression = ParseExpression(cursor);
    match->definitions.push_back(std::move(definition));
  } while (cursor.Accept(TokenKind::kComma));
}

}  // namespace

MatchRecognizeTable ParseMatchRecognize(TokenCursor& cursor) {
  MatchRecognizeTable match{.span = cursor.Peek().span};
  cursor.ExpectWord("MATCH_RECOGNIZE");
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  if (cursor.AcceptWords({"PARTITION", "BY"})) match.partition_by = ParseExpressions(cursor);
  if (cursor.AcceptWords({"ORDER", "BY"})) match.order_by = ParseOrderItems(cursor);
  if (cursor.AcceptWord("MEASURES")) ParseMeasures(cursor, &match);
  ParseOutput(cursor, &match);
  ParsePatternClause(cursor, &match);
  ParseDefinitions(cursor, &match);
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  return match;
}

}  // namespace millrace
