#include "coordinator/sql/parse/command_builder.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/literal_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/option_parser.h"
#include "coordinator/sql/parse/query_parser.h"
#include "coordinator/sql/parse/statement_parser.h"

namespace millrace {

void CommandBuilder::AddWords(std::initializer_list<std::string_view> words) {
  auto& parts = statement_.parts;
  for (const std::string_view word : words) {
    auto* last = parts.empty() ? nullptr : std::get_if<CommandStatement::Words>(&parts.back());
    if (last != nullptr && last->text != ",") {
      absl::StrAppend(&last->text, " ", AbslView(word));
    } else {
      Add(CommandStatement::Words{std::string(word)});
    }
  }
}

bool CommandBuilder::Accept(std::initializer_list<std::string_view> words) {
  if (!cursor_.AcceptWords(words)) return false;
  AddWords(words);
  return true;
}

void CommandBuilder::Expect(std::initializer_list<std::string_view> words) {
  if (cursor_.ExpectWords(words)) AddWords(words);
}

void CommandBuilder::ExpectOne(std::initializer_list<std::string_view> words) {
  std::string shown;
  for (const std::string_view word : words) {
    if (Accept({word})) return;
    absl::StrAppend(&shown, shown.empty() ? "" : ", ", AbslView(word));
  }
  cursor_.FailExpected(absl::StrCat("one of ", shown));
}

bool CommandBuilder::AcceptComma() {
  if (!cursor_.Accept(TokenKind::kComma)) return false;
  Add(CommandStatement::Words{","});
  return true;
}

void CommandBuilder::Name(std::string_view what) { Add(ParseObjectName(cursor_, what)); }

void CommandBuilder::SimpleName(std::string_view what) {
  const Identifier name = ParseIdentifier(cursor_, what);
  Add(ObjectName{.parts = {name}, .span = name.span});
}

void CommandBuilder::Names(std::string_view what) {
  CommandStatement::Names names;
  cursor_.Expect(TokenKind::kLeftParenthesis, "'('");
  do {
    names.names.push_back(ParseObjectName(cursor_, what));
  } while (cursor_.Accept(TokenKind::kComma));
  cursor_.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  Add(std::move(names));
}

void CommandBuilder::Text(std::string_view what) {
  Add(CommandStatement::Text{ParseString(cursor_, what)});
}

void CommandBuilder::Symbol(TokenKind kind, std::string_view shown) {
  const std::string text = cursor_.Peek().value;
  if (cursor_.Expect(kind, shown)) AddWords({text});
}

void CommandBuilder::Options() { Add(CommandStatement::Options{ParseOptions(cursor_)}); }

void CommandBuilder::Keys() {
  CommandStatement::Keys keys;
  cursor_.Expect(TokenKind::kLeftParenthesis, "'('");
  if (!cursor_.At(TokenKind::kRightParenthesis)) {
    do {
      keys.keys.push_back(ParseString(cursor_, "an option in quotes"));
    } while (cursor_.Accept(TokenKind::kComma));
  }
  cursor_.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  Add(std::move(keys));
}

void CommandBuilder::Partition(bool values_optional) {
  cursor_.ExpectWord("PARTITION");
  Add(CommandStatement::Partition{ParsePartitionEntries(cursor_, values_optional)});
}

void CommandBuilder::Expression() { Add(ParseExpression(cursor_)); }

void CommandBuilder::Query() { Add(ParseQuery(cursor_)); }

void CommandBuilder::Hints() {
  for (QueryHint& hint : ParseHints(cursor_)) Add(std::move(hint));
}

void CommandBuilder::InsertOrStatementSet() {
  Add(std::make_shared<const Statement>(ParseInsertOrStatementSet(cursor_)));
}

void CommandBuilder::Comment() {
  if (Accept({"COMMENT"})) Text("a comment in quotes");
}

void CommandBuilder::With() {
  if (Accept({"WITH"})) Options();
}

std::vector<PartitionEntry> ParsePartitionEntries(TokenCursor& cursor, bool values_optional) {
  std::vector<PartitionEntry> entries;
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  do {
    PartitionEntry entry{.key = ParseIdentifier(cursor, "a column name")};
    if (!values_optional || cursor.At(TokenKind::kEqual)) {
      cursor.Expect(TokenKind::kEqual, "'='");
      entry.value = ParseSignedLiteral(cursor);
    }
    entries.push_back(std::move(entry));
  } while (cursor.Accept(TokenKind::kComma));
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  return entries;
}

}  // namespace millrace
