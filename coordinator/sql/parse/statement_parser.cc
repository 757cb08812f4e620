#include "coordinator/sql/parse/statement_parser.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/similar_name.h"
#include "coordinator/sql/parse/command_builder.h"
#include "coordinator/sql/parse/command_parser.h"
#include "coordinator/sql/parse/keywords.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/option_parser.h"
#include "coordinator/sql/parse/query_parser.h"

namespace millrace {
namespace {

using Node = decltype(Statement::node);

bool AtQuery(const TokenCursor& cursor) {
  return AtQueryStart(cursor) || cursor.At(TokenKind::kLeftParenthesis);
}

// Behind VIEW: [IF NOT EXISTS] name [(columns)] [COMMENT 'text'] AS query
CreateViewStatement ParseCreateView(TokenCursor& cursor, CreateModifiers modifiers) {
  CreateViewStatement view{.or_replace = modifiers.or_replace, .temporary = modifiers.temporary};
  view.if_not_exists = ParseIfNotExists(cursor);
  view.name = ParseObjectName(cursor, "a view name");
  if (cursor.At(TokenKind::kLeftParenthesis)) {
    view.columns = ParseNameList(cursor, "a column name");
    CheckDistinct(cursor, view.columns, "column");
  }
  view.comment = ParseComment(cursor);
  cursor.ExpectWord("AS");
  view.query = ParseQuery(cursor);
  view.span = cursor.SpanFrom(modifiers.begin);
  return view;
}

Node ParseMaterializedView(TokenCursor& cursor, CreateModifiers modifiers) {
  cursor.NoteAddition(cursor.previous()->span);
  CreateViewStatement view = ParseCreateView(cursor, modifiers);
  view.materialized = true;
  return view;
}

Node ParseCreate(TokenCursor& cursor) {
  CreateModifiers modifiers{.begin = cursor.begin()};
  cursor.ExpectWord("CREATE");
  modifiers.or_replace = cursor.AcceptWords({"OR", "REPLACE"});
  modifiers.temporary = cursor.AcceptWord("TEMPORARY");
  if (cursor.AcceptWord("TABLE")) return ParseCreateTable(cursor, modifiers);
  if (cursor.AcceptWord("VIEW")) return ParseCreateView(cursor, modifiers);
  if (cursor.AtAnyWord({"SYSTEM", "FUNCTION"})) return ParseCreateFunction(cursor, modifiers);
  if (cursor.AcceptWords({"MATERIALIZED", "VIEW"})) {
    return ParseMaterializedView(cursor, modifiers);
  }
  cursor.FailExpected("TABLE, VIEW, FUNCTION, CATALOG, DATABASE, MODEL or MATERIALIZED TABLE");
  return {};
}

// REPLACE TABLE ... AS query, which is CREATE OR REPLACE TABLE ... AS query.
Node ParseReplace(TokenCursor& cursor) {
  CreateModifiers modifiers{.or_replace = true, .begin = cursor.begin()};
  cursor.ExpectWord("REPLACE");
  modifiers.temporary = cursor.AcceptWord("TEMPORARY");
  cursor.ExpectWord("TABLE");
  CreateTableStatement table = ParseCreateTable(cursor, modifiers);
  if (table.query == nullptr) cursor.FailExpected("AS and a query");
  return table;
}

DropStatement ParseDrop(TokenCursor& cursor) {
  cursor.ExpectWord("DROP");
  DropStatement drop;
  drop.temporary = cursor.AcceptWord("TEMPORARY");
  drop.system = cursor.AtWord("FUNCTION", 1) && cursor.AcceptWord("SYSTEM");
  std::string_view what = "a table name";
  if (cursor.AcceptWord("VIEW")) {
    drop.kind = DropKind::kView;
    what = "a view name";
  } else if (cursor.AcceptWord("FUNCTION")) {
    drop.kind = DropKind::kFunction;
    what = "a function name";
  } else if (!cursor.AcceptWord("TABLE")) {
    cursor.FailExpected("TABLE, VIEW, FUNCTION, CATALOG, DATABASE, MODEL or MATERIALIZED TABLE");
  }
  drop.if_exists = ParseIfExists(cursor);
  drop.name = ParseObjectName(cursor, what);
  return drop;
}

InsertStatement ParseInsert(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.ExpectWord("INSERT");
  InsertStatement insert;
  insert.overwrite = cursor.AcceptWord("OVERWRITE");
  if (!insert.overwrite) cursor.ExpectWord("INTO");
  insert.target = ParseObjectName(cursor, "a table name");
  insert.hints = ParseHints(cursor);
  const uint32_t partition_begin = cursor.begin();
  if (cursor.AcceptWord("PARTITION")) {
    insert.partition = ParsePartitionEntries(cursor, /*values_optional=*/false);
    insert.partition_span = cursor.SpanFrom(partition_begin);
  }
  const bool columns = cursor.At(TokenKind::kLeftParenthesis) && AtIdentifier(cursor, 1);
  if (columns) {
    insert.columns = ParseNameList(cursor, "a column name");
    CheckDistinct(cursor, insert.columns, "column");
  }
  insert.query = ParseQuery(cursor);
  insert.span = cursor.SpanFrom(begin);
  return insert;
}

// Behind BEGIN: INSERT ...; INSERT ...; END. Every part that fails is reported.
StatementSet ParseStatementSet(TokenCursor& cursor) {
  StatementSet set;
  bool failed = cursor.failed();
  while (!cursor.AtWord("END") && !cursor.At(TokenKind::kEnd)) {
    set.inserts.push_back(ParseInsert(cursor));
    cursor.Expect(TokenKind::kSemicolon, "';'");
    if (!cursor.failed()) continue;
    failed = true;
    cursor.SkipStatement();
  }
  if (set.inserts.empty()) cursor.FailExpected("INSERT INTO");
  if (!cursor.AcceptWord("END")) cursor.FailExpected("INSERT INTO or END");
  if (failed) cursor.FailSilently();
  return set;
}

// EXECUTE STATEMENT SET BEGIN ... END, EXECUTE INSERT ..., EXECUTE SELECT ...
Node ParseExecute(TokenCursor& cursor) {
  cursor.ExpectWord("EXECUTE");
  if (cursor.AtWord("INSERT")) return ParseInsert(cursor);
  if (AtQuery(cursor)) return QueryStatement{ParseQuery(cursor)};
  cursor.ExpectWords({"STATEMENT", "SET", "BEGIN"});
  return ParseStatementSet(cursor);
}

// BEGIN STATEMENT SET; ... END
Node ParseBegin(TokenCursor& cursor) {
  cursor.ExpectWords({"BEGIN", "STATEMENT", "SET"});
  cursor.Expect(TokenKind::kSemicolon, "';'");
  return ParseStatementSet(cursor);
}

std::vector<ExplainDetail> ParseExplainDetails(TokenCursor& cursor) {
  struct Word {
    std::string_view word;
    ExplainDetail detail;
  };
  static constexpr Word kWords[] = {
      {"ESTIMATED_COST", ExplainDetail::kEstimatedCost},
      {"CHANGELOG_MODE", ExplainDetail::kChangelogMode},
      {"PLAN_ADVICE", ExplainDetail::kPlanAdvice},
      {"JSON_EXECUTION_PLAN", ExplainDetail::kJsonExecutionPlan},
  };
  std::vector<ExplainDetail> details;
  do {
    for (const Word& word : kWords) {
      if (cursor.AcceptWord(word.word)) details.push_back(word.detail);
    }
  } while (!details.empty() && cursor.Accept(TokenKind::kComma));
  return details;
}

// What EXPLAIN takes.
Node ParseExplained(TokenCursor& cursor) {
  if (cursor.AtWord("INSERT")) return ParseInsert(cursor);
  if (cursor.AtWord("EXECUTE")) return ParseExecute(cursor);
  if (cursor.AcceptWords({"STATEMENT", "SET", "BEGIN"})) return ParseStatementSet(cursor);
  if (AtQuery(cursor)) return QueryStatement{ParseQuery(cursor)};
  if (cursor.AtWord("REPLACE")) return ParseReplace(cursor);
  if (cursor.AtWord("CREATE")) {
    const SourceSpan span = cursor.Peek().span;
    Node create = ParseCreate(cursor);
    const auto* table = std::get_if<CreateTableStatement>(&create);
    if (table == nullptr || table->query == nullptr) {
      cursor.Fail(span, "MR1107", "of CREATE statements only CREATE TABLE ... AS can be explained");
    }
    return create;
  }
  cursor.FailExpected("a query, INSERT INTO, STATEMENT SET or CREATE TABLE ... AS");
  return {};
}

ExplainStatement ParseExplain(TokenCursor& cursor) {
  cursor.ExpectWord("EXPLAIN");
  ExplainStatement explain;
  if (!cursor.AcceptWords({"PLAN", "FOR"})) explain.details = ParseExplainDetails(cursor);
  const uint32_t begin = cursor.begin();
  Statement explained;
  explained.node = ParseExplained(cursor);
  explained.span = cursor.SpanFrom(begin);
  explain.statement = std::make_shared<const Statement>(std::move(explained));
  return explain;
}

Node FailUnknown(TokenCursor& cursor) {
  RefuseUnbuiltStatement(cursor);
  const Token& token = cursor.Peek();
  std::string hint = token.kind == TokenKind::kWord ? DidYouMean(token.word, StatementWords()) : "";
  cursor.Fail(token.span, "MR1103", absl::StrCat("expected a statement, found ", cursor.Found()),
              std::move(hint));
  return {};
}

Node ParseNode(TokenCursor& cursor) {
  if (auto command = ParseCommand(cursor)) return *std::move(command);
  if (AtQuery(cursor)) return QueryStatement{ParseQuery(cursor)};
  if (cursor.AtWord("CREATE") && !AtUnbuiltStatement(cursor)) return ParseCreate(cursor);
  if (cursor.AtWords({"REPLACE", "TABLE"}) || cursor.AtWords({"REPLACE", "TEMPORARY"})) {
    return ParseReplace(cursor);
  }
  if (cursor.AtWord("DROP") && !AtUnbuiltStatement(cursor)) return ParseDrop(cursor);
  if (cursor.AtWord("INSERT")) return ParseInsert(cursor);
  if (cursor.AtWord("EXECUTE")) return ParseExecute(cursor);
  if (cursor.AtWord("BEGIN")) return ParseBegin(cursor);
  if (cursor.AtWord("EXPLAIN")) return ParseExplain(cursor);
  if (AtUnbuiltStatement(cursor)) return FailUnknown(cursor);
  if (cursor.AcceptWord("DESCRIBE") || cursor.AcceptWord("DESC")) return ParseDescribe(cursor);
  if (cursor.AcceptWord("USE")) return ParseUse(cursor);
  if (cursor.AcceptWord("SHOW")) return ParseShow(cursor);
  if (cursor.AcceptWord("SET")) return ParseSet(cursor);
  if (cursor.AcceptWord("RESET")) return ParseReset(cursor);
  return FailUnknown(cursor);
}

}  // namespace

Statement ParseStatement(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  Statement statement;
  statement.node = ParseNode(cursor);
  statement.span = cursor.SpanFrom(begin);
  if (!cursor.AtStatementEnd()) cursor.FailExpected("the end of the statement");
  return statement;
}

Statement ParseInsertOrStatementSet(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  Statement statement;
  if (cursor.AcceptWords({"STATEMENT", "SET", "BEGIN"})) {
    statement.node = ParseStatementSet(cursor);
  } else {
    statement.node = ParseInsert(cursor);
  }
  statement.span = cursor.SpanFrom(begin);
  return statement;
}

bool ParseIfNotExists(TokenCursor& cursor) {
  if (!cursor.AtWord("IF") || !cursor.AtWord("NOT", 1)) return false;
  return cursor.ExpectWords({"IF", "NOT", "EXISTS"});
}

bool ParseIfExists(TokenCursor& cursor) { return cursor.AcceptWords({"IF", "EXISTS"}); }

std::optional<std::string> ParseComment(TokenCursor& cursor) {
  if (!cursor.AcceptWord("COMMENT")) return std::nullopt;
  return ParseString(cursor, "a comment in quotes");
}

}  // namespace millrace
