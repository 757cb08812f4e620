// Reads the parts of a CommandStatement and keeps them in the order written.
//
// Every function is a grammar function (token_cursor.h) that also appends what it read.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

class CommandBuilder {
 public:
  explicit CommandBuilder(TokenCursor& cursor) : cursor_(cursor) {}

  TokenCursor& cursor() { return cursor_; }

  bool Accept(std::initializer_list<std::string_view> words);
  void Expect(std::initializer_list<std::string_view> words);
  // One of these words.
  void ExpectOne(std::initializer_list<std::string_view> words);
  bool AcceptComma();

  void Name(std::string_view what);        // a.b.c
  void SimpleName(std::string_view what);  // a
  void Names(std::string_view what);       // (a, b.c)
  void Text(std::string_view what);        // 'text'
  void Symbol(TokenKind kind, std::string_view shown);
  void Options();                                // ('a' = 'b')
  void Keys();                                   // ('a', 'b')
  void Partition(bool values_optional = false);  // PARTITION (a = 1, b = 'x')
  void Expression();
  void Query();
  void Hints();
  void InsertOrStatementSet();
  // [IF EXISTS], [IF NOT EXISTS], [COMMENT 'text'], [WITH (...)]
  void IfExists() { Accept({"IF", "EXISTS"}); }
  void IfNotExists() { Accept({"IF", "NOT", "EXISTS"}); }
  void Comment();
  void With();

  void Add(CommandStatement::Part part) { statement_.parts.push_back(std::move(part)); }
  CommandStatement Take() { return std::move(statement_); }

 private:
  void AddWords(std::initializer_list<std::string_view> words);

  TokenCursor& cursor_;
  CommandStatement statement_;
};

// "(key = literal, ...)"; with `values_optional`, also a key alone.
std::vector<PartitionEntry> ParsePartitionEntries(TokenCursor& cursor, bool values_optional);

}  // namespace millrace
