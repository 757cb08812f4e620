#include "coordinator/sql/parse/option_parser.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/parse/name_parser.h"

namespace millrace {
namespace {

OptionEntry ParseOption(TokenCursor& cursor) {
  OptionEntry option;
  option.key = ParseOptionKey(cursor, &option.key_span);
  cursor.Expect(TokenKind::kEqual, "'='");
  const Token& value = cursor.Peek();
  if (value.kind == TokenKind::kInteger || value.kind == TokenKind::kWord) {
    cursor.FailExpected("a string", absl::StrCat("option values are strings: '", value.value, "'"));
  }
  option.value = ParseString(cursor, "a string", &option.value_span);
  return option;
}

void CheckDistinctKeys(TokenCursor& cursor, const std::vector<OptionEntry>& options) {
  std::set<std::string_view> seen;
  for (const OptionEntry& option : options) {
    if (seen.insert(option.key).second) continue;
    return cursor.Fail(option.key_span, "MR1104",
                       absl::StrCat("the option '", option.key, "' is given twice"));
  }
}

// Whether `key =` follows rather than a plain argument.
bool AtOption(const TokenCursor& cursor) {
  size_t ahead = 1;
  while (cursor.At(TokenKind::kDot, ahead)) ahead += 2;
  return cursor.At(TokenKind::kEqual, ahead);
}

std::string ParseHintArgument(TokenCursor& cursor) {
  const Token& token = cursor.Peek();
  if (token.kind == TokenKind::kString || token.kind == TokenKind::kInteger) {
    return cursor.Next().value;
  }
  std::string argument = ParseIdentifier(cursor, "an argument of the hint").name;
  while (cursor.Accept(TokenKind::kDot)) {
    absl::StrAppend(&argument, ".", ParseIdentifier(cursor, "a name").name);
  }
  return argument;
}

QueryHint ParseHint(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  QueryHint hint{.name = ParseIdentifier(cursor, "the name of a hint")};
  if (cursor.Accept(TokenKind::kLeftParenthesis)) {
    do {
      if (AtOption(cursor)) {
        hint.options.push_back(ParseOption(cursor));
      } else {
        hint.arguments.push_back(ParseHintArgument(cursor));
      }
    } while (cursor.Accept(TokenKind::kComma));
    cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  }
  CheckDistinctKeys(cursor, hint.options);
  hint.span = cursor.SpanFrom(begin);
  return hint;
}

}  // namespace

std::string ParseOptionKey(TokenCursor& cursor, SourceSpan* span) {
  if (cursor.At(TokenKind::kString)) return ParseString(cursor, "an option", span);
  const uint32_t begin = cursor.begin();
  std::string key;
  do {
    if (!key.empty()) key += '.';
    // No word is reserved here: nothing but keys can stand in this place.
    if (cursor.At(TokenKind::kWord) || cursor.At(TokenKind::kQuotedName)) {
      key += cursor.Next().value;
    } else {
      cursor.FailExpected("an option such as 'connector'");
    }
  } while (cursor.Accept(TokenKind::kDot));
  *span = cursor.SpanFrom(begin);
  cursor.NoteAddition(*span);
  if (cursor.At(TokenKind::kMinus)) {
    cursor.FailExpected("'='", "a key with '-' in it stands in quotes: 'scan.startup-mode'");
  }
  return key;
}

std::vector<OptionEntry> ParseOptions(TokenCursor& cursor) {
  std::vector<OptionEntry> options;
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  if (!cursor.At(TokenKind::kRightParenthesis)) {
    do {
      options.push_back(ParseOption(cursor));
    } while (cursor.Accept(TokenKind::kComma));
  }
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  CheckDistinctKeys(cursor, options);
  return options;
}

std::vector<QueryHint> ParseHints(TokenCursor& cursor) {
  std::vector<QueryHint> hints;
  while (cursor.Accept(TokenKind::kHintBegin)) {
    do {
      hints.push_back(ParseHint(cursor));
    } while (cursor.Accept(TokenKind::kComma) || AtIdentifier(cursor));
    cursor.Expect(TokenKind::kHintEnd, "',' or the end of the hint");
  }
  return hints;
}

}  // namespace millrace
