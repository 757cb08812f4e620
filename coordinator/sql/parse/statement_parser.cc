#include "coordinator/sql/parse/statement_parser.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/similar_name.h"
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
CreateViewStatement ParseCreateView(TokenCursor& cursor, bool temporary) {
  CreateViewStatement view{.temporary = temporary};
  view.if_not_exists = ParseIfNotExists(cursor);
  view.name = ParseObjectName(cursor, "a view name");
  if (cursor.Accept(TokenKind::kLeftParenthesis)) {
    do {
      view.columns.push_back(ParseIdentifier(cursor, "a column name"));
      if (cursor.AtWord("COMMENT")) {
        cursor.FailNotBuilt(cursor.Peek().span, "COMMENT of a view's column");
      }
    } while (cursor.Accept(TokenKind::kComma));
    cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
    CheckDistinct(cursor, view.columns, "column");
  }
  view.comment = ParseComment(cursor);
  cursor.ExpectWord("AS");
  view.query = ParseQuery(cursor);
  return view;
}

Node ParseCreate(TokenCursor& cursor) {
  RefuseUnbuiltStatement(cursor);
  cursor.ExpectWord("CREATE");
  if (cursor.AtWords({"MATERIALIZED", "VIEW"})) {
    cursor.FailNotBuilt(cursor.Peek().span, "CREATE MATERIALIZED VIEW", "CREATE VIEW");
  }
  const bool temporary = cursor.AcceptWord("TEMPORARY");
  if (cursor.AcceptWord("TABLE")) return ParseCreateTable(cursor, temporary);
  if (cursor.AcceptWord("VIEW")) return ParseCreateView(cursor, temporary);
  cursor.FailExpected("TABLE or VIEW");
  return {};
}

DropStatement ParseDrop(TokenCursor& cursor) {
  RefuseUnbuiltStatement(cursor);
  cursor.ExpectWord("DROP");
  DropStatement drop;
  drop.temporary = cursor.AcceptWord("TEMPORARY");
  if (cursor.AcceptWord("VIEW")) {
    drop.kind = DropKind::kView;
  } else if (!cursor.AcceptWord("TABLE")) {
    cursor.FailExpected("TABLE or VIEW");
  }
  drop.if_exists = ParseIfExists(cursor);
  drop.name =
      ParseObjectName(cursor, drop.kind == DropKind::kView ? "a view name" : "a table name");
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
  if (cursor.AtWord("PARTITION")) {
    cursor.FailNotBuilt(cursor.Peek().span, "INSERT ... PARTITION",
                        "without PARTITION the rows go to the partitions of their own columns");
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
  RefuseUnbuiltStatement(cursor);
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

ExplainStatement ParseExplain(TokenCursor& cursor) {
  cursor.ExpectWord("EXPLAIN");
  ExplainStatement explain;
  if (!cursor.AcceptWords({"PLAN", "FOR"})) explain.details = ParseExplainDetails(cursor);
  const uint32_t begin = cursor.begin();
  Statement explained;
  if (cursor.AtWord("INSERT")) {
    explained.node = ParseInsert(cursor);
  } else if (cursor.AcceptWords({"STATEMENT", "SET", "BEGIN"}) ||
             cursor.AcceptWords({"EXECUTE", "STATEMENT", "SET", "BEGIN"})) {
    explained.node = ParseStatementSet(cursor);
  } else if (AtQuery(cursor)) {
    explained.node = QueryStatement{ParseQuery(cursor)};
  } else {
    cursor.FailExpected("a query, INSERT INTO or STATEMENT SET");
  }
  explained.span = cursor.SpanFrom(begin);
  explain.statement = std::make_shared<const Statement>(std::move(explained));
  return explain;
}

Node ParseDescribeOrUse(TokenCursor& cursor) {
  // DESCRIBE job alone describes a table of that name.
  if (AtIdentifier(cursor, 2) || cursor.At(TokenKind::kString, 2)) RefuseUnbuiltStatement(cursor);
  const std::string word = cursor.Next().word;
  if (word == "USE") return ParseUse(cursor);
  return ParseDescribe(cursor);
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
  if (AtQuery(cursor)) return QueryStatement{ParseQuery(cursor)};
  if (cursor.AtWord("CREATE")) return ParseCreate(cursor);
  if (cursor.AtWord("DROP")) return ParseDrop(cursor);
  if (cursor.AtWord("INSERT")) return ParseInsert(cursor);
  if (cursor.AtWord("EXECUTE")) return ParseExecute(cursor);
  if (cursor.AtWord("BEGIN")) return ParseBegin(cursor);
  if (cursor.AtWord("EXPLAIN")) return ParseExplain(cursor);
  if (cursor.AtAnyWord({"DESCRIBE", "DESC", "USE"})) return ParseDescribeOrUse(cursor);
  if (cursor.AtWord("SHOW")) {
    RefuseUnbuiltStatement(cursor);
    cursor.Next();
    return ParseShow(cursor);
  }
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
