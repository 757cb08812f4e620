// What stands in FROM: tables, sub-queries, table functions and their joins.
#include <memory>
#include <optional>
#include <utility>

#include "coordinator/sql/parse/call_parser.h"
#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/match_recognize_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/option_parser.h"
#include "coordinator/sql/parse/query_parser.h"
#include "coordinator/sql/parse/select_parser.h"

namespace millrace {
namespace {

TableReferencePtr MakeTable(TableReference table) {
  return std::make_shared<const TableReference>(std::move(table));
}

std::optional<TableAlias> ParseAlias(TokenCursor& cursor) {
  if (!cursor.AcceptWord("AS") && !AtIdentifier(cursor)) return std::nullopt;
  TableAlias alias{.name = ParseIdentifier(cursor, "a table alias")};
  if (cursor.At(TokenKind::kLeftParenthesis)) {
    alias.columns = ParseNameList(cursor, "a column name");
    CheckDistinct(cursor, alias.columns, "column");
  }
  return alias;
}

SqlExpressionPtr ParseSystemTime(TokenCursor& cursor) {
  if (!cursor.AcceptWord("FOR")) return nullptr;
  cursor.ExpectWords({"SYSTEM_TIME", "AS", "OF"});
  return ParseExpression(cursor);
}

// A table, or a call of a table function.
TableReference ParseNamedTable(TokenCursor& cursor) {
  if (AtIdentifier(cursor) && cursor.At(TokenKind::kLeftParenthesis, 1)) {
    return {.node = FunctionTable{.call = ParseCall(cursor)}};
  }
  NamedTable table{.name = ParseObjectName(cursor, "a table name")};
  if (cursor.At(TokenKind::kLeftParenthesis)) {
    return {.node = FunctionTable{.call = ParseCallArguments(cursor, std::move(table.name))}};
  }
  table.hints = ParseHints(cursor);
  table.system_time = ParseSystemTime(cursor);
  return {.node = std::move(table)};
}

// TABLE(f(...))
TableReference ParseTableFunction(TokenCursor& cursor) {
  cursor.ExpectWord("TABLE");
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  TableReference table = ParseNamedTable(cursor);
  if (!cursor.failed() && table.As<FunctionTable>() == nullptr) {
    cursor.FailExpected("'('", "TABLE(...) takes the call of a table function");
  }
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  return table;
}

TableReference ParseUnnest(TokenCursor& cursor, bool lateral) {
  cursor.ExpectWord("UNNEST");
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  UnnestTable unnest{.arrays = ParseExpressions(cursor), .lateral = lateral};
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  unnest.with_ordinality = cursor.AcceptWords({"WITH", "ORDINALITY"});
  return {.node = std::move(unnest)};
}

TableReference ParseLateral(TokenCursor& cursor) {
  cursor.ExpectWord("LATERAL");
  if (cursor.AtWord("UNNEST")) return ParseUnnest(cursor, /*lateral=*/true);
  if (cursor.Accept(TokenKind::kLeftParenthesis)) {
    DerivedTable derived{.query = ParseQuery(cursor), .lateral = true};
    cursor.Expect(TokenKind::kRightParenthesis, "')'");
    return {.node = std::move(derived)};
  }
  TableReference table =
      cursor.AtWord("TABLE") ? ParseTableFunction(cursor) : ParseNamedTable(cursor);
  auto* function = std::get_if<FunctionTable>(&table.node);
  if (function == nullptr) {
    cursor.FailExpected("'('", "LATERAL takes a table function or a query");
  } else {
    function->lateral = true;
  }
  return table;
}

// "(query)", or a join in parentheses.
TableReference ParseParenthesis(TokenCursor& cursor) {
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  TableReference table;
  if (AtQueryStart(cursor)) {
    table.node = DerivedTable{.query = ParseQuery(cursor)};
  } else if (const TableReferencePtr inner = ParseFrom(cursor); inner != nullptr) {
    table = *inner;
    // ((SELECT 1) UNION (SELECT 2)) is a query after all.
    const auto* derived = table.As<DerivedTable>();
    if (derived != nullptr && derived->query != nullptr && !table.alias.has_value() &&
        AtQueryContinuation(cursor)) {
      QueryPtr query = ContinueQuery(cursor, derived->query);
      const bool tail =
          !query->order_by.empty() || query->limit != nullptr || query->offset != nullptr;
      if (tail) cursor.NoteAddition(query->span);
      table.node = DerivedTable{.query = std::move(query)};
    }
  }
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  return table;
}

// [+|-] digits
std::string ParseSeed(TokenCursor& cursor) {
  std::string seed = cursor.Accept(TokenKind::kMinus) ? "-" : "";
  if (seed.empty()) cursor.Accept(TokenKind::kPlus);
  if (!cursor.At(TokenKind::kInteger)) cursor.FailExpected("a whole number");
  return seed + cursor.Next().value;
}

std::optional<TableSample> ParseSample(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  if (!cursor.AcceptWord("TABLESAMPLE")) return std::nullopt;
  TableSample sample{.bernoulli = cursor.AcceptWord("BERNOULLI")};
  if (!sample.bernoulli) cursor.ExpectWord("SYSTEM");
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  if (!cursor.At(TokenKind::kInteger) && !cursor.At(TokenKind::kDecimal)) {
    cursor.FailExpected("a percentage");
  }
  sample.percentage = cursor.Next().value;
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  if (cursor.AcceptWord("REPEATABLE")) {
    cursor.Expect(TokenKind::kLeftParenthesis, "'('");
    sample.seed = ParseSeed(cursor);
    cursor.Expect(TokenKind::kRightParenthesis, "')'");
  }
  sample.span = cursor.SpanFrom(begin);
  return sample;
}

// MATCH_RECOGNIZE behind the table that it reads.
TableReference ParseMatch(TokenCursor& cursor, TableReference input, uint32_t begin) {
  if (!cursor.AtWord("MATCH_RECOGNIZE")) return input;
  if (input.As<JoinedTable>() != nullptr) {
    cursor.FailExpected("the end of the join", "MATCH_RECOGNIZE reads a table or a query");
  }
  input.span = cursor.SpanFrom(begin);
  MatchRecognizeTable match = ParseMatchRecognize(cursor);
  match.input = MakeTable(std::move(input));
  return {.node = std::move(match)};
}

TableReference ParseBareFactor(TokenCursor& cursor) {
  if (cursor.At(TokenKind::kLeftParenthesis)) return ParseParenthesis(cursor);
  if (cursor.AtWord("LATERAL")) return ParseLateral(cursor);
  if (cursor.AtWord("UNNEST")) return ParseUnnest(cursor, /*lateral=*/false);
  if (cursor.AtWord("TABLE")) return ParseTableFunction(cursor);
  if (AtQueryStart(cursor)) {
    cursor.FailExpected("a table", "a query in FROM stands in parentheses: FROM (SELECT ...)");
  }
  return ParseNamedTable(cursor);
}

TableReferencePtr ParseFactor(TokenCursor& cursor) {
  const Nesting nesting(cursor);
  const uint32_t begin = cursor.begin();
  TableReference table = ParseMatch(cursor, ParseBareFactor(cursor), begin);
  if (auto alias = ParseAlias(cursor)) {
    // A join in parentheses has no name of its own: its tables keep theirs.
    if (table.As<JoinedTable>() != nullptr) {
      cursor.Fail(alias->name.span, "MR1107", "a join in parentheses cannot have an alias");
    }
    table.alias = std::move(alias);
  }
  table.sample = ParseSample(cursor);
  table.span = cursor.SpanFrom(begin);
  return MakeTable(std::move(table));
}

struct JoinHead {
  JoinKind kind = JoinKind::kInner;
  bool natural = false;
};

// [NATURAL] [INNER | LEFT [OUTER] | RIGHT [OUTER] | FULL [OUTER] | CROSS] JOIN
std::optional<JoinHead> ParseJoinHead(TokenCursor& cursor) {
  if (!cursor.AtAnyWord({"NATURAL", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "JOIN"})) {
    return std::nullopt;
  }
  JoinHead head;
  head.natural = cursor.AcceptWord("NATURAL");
  if (cursor.AcceptWord("CROSS")) {
    head.kind = JoinKind::kCross;
  } else if (!cursor.AcceptWord("INNER")) {
    if (cursor.AcceptWord("LEFT")) {
      head.kind = JoinKind::kLeft;
    } else if (cursor.AcceptWord("RIGHT")) {
      head.kind = JoinKind::kRight;
    } else if (cursor.AcceptWord("FULL")) {
      head.kind = JoinKind::kFull;
    }
    if (head.kind != JoinKind::kInner) cursor.AcceptWord("OUTER");
  }
  cursor.ExpectWord("JOIN");
  return head;
}

void ParseJoinCondition(TokenCursor& cursor, JoinedTable* join) {
  const bool takes_condition = join->kind != JoinKind::kCross && !join->natural;
  const SourceSpan span = cursor.Peek().span;
  if (cursor.AtAnyWord({"ON", "USING"}) && !takes_condition) {
    cursor.Fail(span, "MR1107", "a CROSS or NATURAL join takes no condition");
  } else if (cursor.AcceptWord("ON")) {
    join->on = ParseExpression(cursor);
  } else if (cursor.AcceptWord("USING")) {
    join->using_columns = ParseNameList(cursor, "a column name");
  } else if (takes_condition) {
    cursor.FailExpected("ON or USING", "a join without a condition is a CROSS JOIN");
  }
}

TableReferencePtr FinishJoin(TokenCursor& cursor, JoinedTable join, uint32_t begin) {
  cursor.Grow();
  return MakeTable({.node = std::move(join), .span = cursor.SpanFrom(begin)});
}

}  // namespace

// From left to right, a comma as well as a JOIN: in Flink the comma does not bind more loosely, so
// that the ON of "a, b JOIN c ON ..." sees all three.
TableReferencePtr ParseFrom(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  TableReferencePtr left = ParseFactor(cursor);
  for (;;) {
    JoinedTable join{.kind = JoinKind::kCross, .left = left};
    if (cursor.Accept(TokenKind::kComma)) {
      join.right = ParseFactor(cursor);
    } else if (const auto head = ParseJoinHead(cursor)) {
      join.kind = head->kind;
      join.natural = head->natural;
      join.right = ParseFactor(cursor);
      ParseJoinCondition(cursor, &join);
    } else {
      return left;
    }
    left = FinishJoin(cursor, std::move(join), begin);
  }
}

}  // namespace millrace
