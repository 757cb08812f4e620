#include "coordinator/sql/parse/name_parser.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "coordinator/sql/parse/keywords.h"

namespace millrace {
namespace {

constexpr size_t kMaxNameParts = 3;  // catalog.database.object

}  // namespace

bool AtIdentifier(const TokenCursor& cursor, size_t ahead) {
  const Token& token = cursor.Peek(ahead);
  if (token.kind == TokenKind::kQuotedName) return true;
  return token.kind == TokenKind::kWord && !IsReservedWord(token.word);
}

Identifier ParseIdentifier(TokenCursor& cursor, std::string_view what) {
  if (AtIdentifier(cursor)) {
    const Token& token = cursor.Next();
    if (IsReservedInFlink(token.word)) cursor.NoteAddition(token.span);
    return {.name = token.value, .span = token.span};
  }
  const Token& token = cursor.Peek();
  if (token.kind == TokenKind::kWord) {
    cursor.Fail(
        token.span, "MR1102",
        absl::StrCat("expected ", AbslView(what), ", found the reserved word ", token.value),
        absl::StrCat("as a name it needs back-quotes: `", token.value, "`"));
  } else if (token.kind == TokenKind::kString) {
    cursor.FailExpected(what, absl::StrCat("a name stands in back-quotes: `", token.value, "`"));
  } else {
    const bool after_comma =
        cursor.previous() != nullptr && cursor.previous()->kind == TokenKind::kComma;
    cursor.FailExpected(what, after_comma ? "is there a comma too many?" : "");
  }
  return {};
}

ObjectName ParseObjectName(TokenCursor& cursor, std::string_view what) {
  const uint32_t begin = cursor.begin();
  ObjectName name;
  do {
    name.parts.push_back(ParseIdentifier(cursor, what));
  } while (cursor.Accept(TokenKind::kDot));
  name.span = cursor.SpanFrom(begin);
  if (name.parts.size() > kMaxNameParts) {
    cursor.Fail(name.span, "MR1107", "a name has at most three parts: catalog, database, object");
  }
  return name;
}

std::vector<Identifier> ParseNameList(TokenCursor& cursor, std::string_view what) {
  std::vector<Identifier> names;
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  do {
    names.push_back(ParseIdentifier(cursor, what));
  } while (cursor.Accept(TokenKind::kComma));
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  return names;
}

void CheckDistinct(TokenCursor& cursor, const std::vector<Identifier>& names,
                   std::string_view what) {
  std::set<std::string_view> seen;
  for (const Identifier& name : names) {
    if (seen.insert(name.name).second) continue;
    return cursor.Fail(name.span, "MR1104",
                       absl::StrCat("the ", AbslView(what), " ", name.name, " is given twice"));
  }
}

std::string ParseString(TokenCursor& cursor, std::string_view what, SourceSpan* span) {
  if (!cursor.At(TokenKind::kString)) {
    cursor.FailExpected(what);
    return "";
  }
  const Token& token = cursor.Next();
  if (span != nullptr) *span = token.span;
  return token.value;
}

}  // namespace millrace
