// SHOW, DESCRIBE, USE, SET and RESET: what looks at a session or changes it.
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/option_parser.h"
#include "coordinator/sql/parse/statement_parser.h"

namespace millrace {
namespace {

struct ShowForm {
  std::initializer_list<std::string_view> words;
  ShowKind kind;
};

const ShowForm kShowForms[] = {
    {{"TABLES"}, ShowKind::kTables},
    {{"VIEWS"}, ShowKind::kViews},
    {{"USER", "FUNCTIONS"}, ShowKind::kFunctions},
    {{"FUNCTIONS"}, ShowKind::kFunctions},
    {{"CREATE", "TABLE"}, ShowKind::kCreateTable},
    {{"CREATE", "VIEW"}, ShowKind::kCreateView},
    {{"COLUMNS"}, ShowKind::kColumns},
    {{"CATALOGS"}, ShowKind::kCatalogs},
    {{"DATABASES"}, ShowKind::kDatabases},
    {{"CURRENT", "CATALOG"}, ShowKind::kCurrentCatalog},
    {{"CURRENT", "DATABASE"}, ShowKind::kCurrentDatabase},
};

bool TakesName(ShowKind kind) {
  return kind == ShowKind::kCreateTable || kind == ShowKind::kCreateView;
}

bool TakesPattern(ShowKind kind) {
  return !TakesName(kind) && kind != ShowKind::kCurrentCatalog &&
         kind != ShowKind::kCurrentDatabase;
}

// [FROM|IN name] [[NOT] LIKE 'pattern']
void ParseShowFilter(TokenCursor& cursor, ShowStatement* show) {
  const bool takes_name = show->kind != ShowKind::kCatalogs;
  if (takes_name && (cursor.AcceptWord("FROM") || cursor.AcceptWord("IN"))) {
    show->name = ParseObjectName(cursor, "a name");
  } else if (show->kind == ShowKind::kColumns) {
    cursor.FailExpected("FROM and a table name");
  }
  const bool takes_ilike = show->kind == ShowKind::kFunctions ||
                           show->kind == ShowKind::kCatalogs || show->kind == ShowKind::kDatabases;
  const size_t like = cursor.AtWord("NOT") ? 1 : 0;
  show->ignore_case = takes_ilike && cursor.AtWord("ILIKE", like);
  if (!show->ignore_case && !cursor.AtWord("LIKE", like)) return;
  show->not_like = cursor.AcceptWord("NOT");
  cursor.Next();
  show->like = ParseString(cursor, "a pattern in quotes");
}

// Tokens whose text is not what was written.
bool IsQuoted(TokenKind kind) {
  return kind == TokenKind::kString || kind == TokenKind::kBinary || kind == TokenKind::kQuotedName;
}

// The tokens from here to `end`, as they were written but for blanks and comments.
std::string ParseRawText(TokenCursor& cursor, TokenKind end) {
  std::string text;
  uint32_t last_end = cursor.begin();
  while (!cursor.At(end) && !cursor.AtStatementEnd()) {
    if (IsQuoted(cursor.Peek().kind)) {
      cursor.FailExpected("text without quotes", "put the whole of it in quotes");
      return text;
    }
    const Token& token = cursor.Next();
    if (token.span.offset > last_end) text += ' ';
    text += token.value;
    last_end = token.span.end();
  }
  return text;
}

// 'text', or the tokens up to `end`.
std::string ParseSettingPart(TokenCursor& cursor, TokenKind end, SourceSpan* span) {
  const uint32_t begin = cursor.begin();
  const bool quoted = cursor.At(TokenKind::kString);
  std::string part = quoted ? cursor.Next().value : ParseRawText(cursor, end);
  if (!quoted) cursor.NoteAddition(cursor.SpanFrom(begin));
  *span = cursor.SpanFrom(begin);
  return part;
}

}  // namespace

ShowStatement ParseShow(TokenCursor& cursor) {
  ShowStatement show;
  bool found = false;
  for (const ShowForm& form : kShowForms) {
    if (!cursor.AcceptWords(form.words)) continue;
    found = true;
    show.kind = form.kind;
    show.user_only = *form.words.begin() == "USER";
    break;
  }
  if (!found) {
    cursor.FailExpected(
        "TABLES, VIEWS, FUNCTIONS, COLUMNS, CREATE TABLE, CREATE VIEW, CATALOGS, DATABASES, "
        "CURRENT CATALOG or CURRENT DATABASE");
  }
  if (TakesName(show.kind)) show.name = ParseObjectName(cursor, "a name");
  if (TakesPattern(show.kind)) ParseShowFilter(cursor, &show);
  return show;
}

DescribeStatement ParseDescribe(TokenCursor& cursor) {
  DescribeStatement describe;
  describe.extended = cursor.AtWord("EXTENDED") && AtIdentifier(cursor, 1);
  if (describe.extended) cursor.Next();
  describe.name = ParseObjectName(cursor, "a table name");
  return describe;
}

UseStatement ParseUse(TokenCursor& cursor) {
  UseStatement use;
  use.catalog = cursor.AtWord("CATALOG") && AtIdentifier(cursor, 1);
  if (use.catalog) cursor.Next();
  use.name = ParseObjectName(cursor, "the name of a database");
  return use;
}

SetStatement ParseSet(TokenCursor& cursor) {
  SetStatement set;
  if (cursor.AtStatementEnd()) return set;
  OptionEntry setting;
  setting.key = ParseSettingPart(cursor, TokenKind::kEqual, &setting.key_span);
  if (setting.key.empty()) cursor.FailExpected("the name of a setting");
  cursor.Expect(TokenKind::kEqual, "'='");
  if (cursor.AtStatementEnd()) cursor.FailExpected("a value");
  setting.value = ParseSettingPart(cursor, TokenKind::kSemicolon, &setting.value_span);
  set.setting = std::move(setting);
  return set;
}

ResetStatement ParseReset(TokenCursor& cursor) {
  ResetStatement reset;
  if (cursor.AtStatementEnd()) return reset;
  SourceSpan span;
  reset.key = ParseSettingPart(cursor, TokenKind::kSemicolon, &span);
  return reset;
}

}  // namespace millrace
