#include "coordinator/sql/parse/unparser_impl.h"

namespace millrace {
namespace {

using Kind = MatchPattern::Kind;

bool IsGroup(const MatchPattern& pattern) {
  return pattern.kind == Kind::kSequence || pattern.kind == Kind::kAlternatives;
}

}  // namespace

void Unparser::WriteQuantifier(const MatchPattern::Quantifier& quantifier) {
  const auto is = [&](std::string_view low, std::optional<std::string> high) {
    return quantifier.low == low && quantifier.high == high;
  };
  if (is("0", std::nullopt)) {
    Put("*");
  } else if (is("1", std::nullopt)) {
    Put("+");
  } else if (is("0", "1")) {
    Put("?");
  } else {
    Put("{");
    if (quantifier.low.has_value()) Put(*quantifier.low);
    if (quantifier.low != quantifier.high) Put(",");
    if (quantifier.high.has_value() && quantifier.low != quantifier.high) Put(*quantifier.high);
    Put("}");
  }
  if (quantifier.reluctant) Put("?");
}

void Unparser::WritePattern(const MatchPattern& pattern, bool parentheses) {
  const bool group = IsGroup(pattern) && (parentheses || pattern.quantifier.has_value());
  if (group) Put("(");
  switch (pattern.kind) {
    case Kind::kVariable:
      PutName(pattern.variable);
      break;
    case Kind::kExclusion:
      Put("{- ");
      WritePattern(*pattern.parts.front(), false);
      Put(" -}");
      break;
    case Kind::kPermutation:
    case Kind::kSequence:
    case Kind::kAlternatives: {
      const bool permutation = pattern.kind == Kind::kPermutation;
      const std::string_view separator =
          permutation ? ", " : (pattern.kind == Kind::kSequence ? " " : " | ");
      if (permutation) Put("PERMUTE(");
      for (size_t i = 0; i < pattern.parts.size(); ++i) {
        if (i > 0) Put(separator);
        // A sequence within alternatives needs no parentheses.
        const bool bare = permutation || (pattern.kind == Kind::kAlternatives &&
                                          pattern.parts[i]->kind == Kind::kSequence);
        WritePattern(*pattern.parts[i], !bare);
      }
      if (permutation) Put(")");
      break;
    }
  }
  if (group) Put(")");
  if (pattern.quantifier.has_value()) WriteQuantifier(*pattern.quantifier);
}

void Unparser::WriteAfterMatch(const MatchRecognizeTable& match) {
  switch (match.after_match) {
    case AfterMatch::kDefault:
      return;
    case AfterMatch::kPastLastRow:
      return Put("AFTER MATCH SKIP PAST LAST ROW ");
    case AfterMatch::kToNextRow:
      return Put("AFTER MATCH SKIP TO NEXT ROW ");
    case AfterMatch::kToFirst:
      Put("AFTER MATCH SKIP TO FIRST ");
      break;
    case AfterMatch::kToLast:
      Put("AFTER MATCH SKIP TO LAST ");
      break;
  }
  PutName(match.after_variable);
  Put(" ");
}

void Unparser::WriteTableNode(const MatchRecognizeTable& match) {
  WriteTable(*match.input);
  Put(" MATCH_RECOGNIZE (");
  if (!match.partition_by.empty()) {
    Put("PARTITION BY ");
    PutList(match.partition_by);
    Put(" ");
  }
  if (!match.order_by.empty()) {
    Put("ORDER BY ");
    WriteOrderItems(match.order_by);
    Put(" ");
  }
  for (size_t i = 0; i < match.measures.size(); ++i) {
    Put(i == 0 ? "MEASURES " : ", ");
    Write(*match.measures[i].expression);
    Put(" AS ");
    PutName(match.measures[i].name);
  }
  if (!match.measures.empty()) Put(" ");
  if (match.rows_per_match == RowsPerMatch::kOneRow) Put("ONE ROW PER MATCH ");
  if (match.rows_per_match == RowsPerMatch::kAllRows) Put("ALL ROWS PER MATCH ");
  WriteAfterMatch(match);
  Put(match.from_start ? "PATTERN (^ " : "PATTERN (");
  WritePattern(*match.pattern, false);
  Put(match.to_end ? " $)" : ")");
  if (match.within != nullptr) {
    Put(" WITHIN ");
    Write(*match.within);
  }
  for (size_t i = 0; i < match.subsets.size(); ++i) {
    Put(i == 0 ? " SUBSET " : ", ");
    PutName(match.subsets[i].name);
    Put(" = ");
    PutNames(match.subsets[i].variables);
  }
  for (size_t i = 0; i < match.definitions.size(); ++i) {
    Put(i == 0 ? " DEFINE " : ", ");
    PutName(match.definitions[i].name);
    Put(" AS ");
    Write(*match.definitions[i].expression);
  }
  Put(")");
}

}  // namespace millrace
