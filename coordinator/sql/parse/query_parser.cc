#include "coordinator/sql/parse/query_parser.h"

#include <memory>
#include <optional>
#include <utility>

#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/literal_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/select_parser.h"

namespace millrace {
namespace {

// INTERSECT binds more tightly than the others.
constexpr int kLoosest = 0;

struct SetInfix {
  SetOperator op = SetOperator::kUnion;
  int precedence = kLoosest;
};

std::optional<SetInfix> SetInfixAt(const TokenCursor& cursor) {
  if (cursor.AtWord("UNION")) return SetInfix{SetOperator::kUnion, 0};
  if (cursor.AtAnyWord({"EXCEPT", "MINUS"})) return SetInfix{SetOperator::kExcept, 0};
  if (cursor.AtWord("INTERSECT")) return SetInfix{SetOperator::kIntersect, 1};
  return std::nullopt;
}

QueryPtr MakeQuery(QueryExpression query, SourceSpan span) {
  query.span = span;
  return std::make_shared<const QueryExpression>(std::move(query));
}

ValuesQuery ParseValues(TokenCursor& cursor) {
  ValuesQuery values;
  cursor.ExpectWord("VALUES");
  do {
    const uint32_t begin = cursor.begin();
    ValuesQuery::Row row;
    // (1, 2) and ROW(1, 2) look like a row constructor, and are one.
    SqlExpressionPtr item = ParseExpression(cursor);
    const auto* constructor = item == nullptr ? nullptr : item->As<RowConstructor>();
    row.items = constructor == nullptr ? std::vector{item} : constructor->items;
    row.span = cursor.SpanFrom(begin);
    if (!values.rows.empty() && values.rows.front().items.size() != row.items.size()) {
      cursor.Fail(row.span, "MR1107", "the rows of VALUES do not have the same number of columns");
    }
    values.rows.push_back(std::move(row));
  } while (cursor.Accept(TokenKind::kComma));
  return values;
}

// An operand of a set operation.
QueryPtr ParseQueryTerm(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  if (cursor.Accept(TokenKind::kLeftParenthesis)) {
    QueryPtr query = ParseQuery(cursor);
    cursor.Expect(TokenKind::kRightParenthesis, "')'");
    return query;
  }
  QueryExpression query;
  if (cursor.AtWord("SELECT")) {
    query.body = ParseSelect(cursor);
  } else if (cursor.AtWord("VALUES")) {
    query.body = ParseValues(cursor);
  } else if (cursor.AcceptWord("TABLE")) {
    query.body = TableQuery{ParseObjectName(cursor, "a table name")};
  } else {
    cursor.FailExpected("a query: SELECT, WITH or VALUES");
  }
  return MakeQuery(std::move(query), cursor.SpanFrom(begin));
}

// Goes on behind `left`, which began at `begin`, while set operators bind at least as tightly.
QueryPtr ParseSetOperations(TokenCursor& cursor, QueryPtr left, uint32_t begin, int loosest) {
  for (;;) {
    const std::optional<SetInfix> infix = SetInfixAt(cursor);
    if (!infix.has_value() || infix->precedence < loosest) return left;
    if (cursor.AtWord("MINUS")) cursor.NoteAddition(cursor.Peek().span);
    cursor.Next();
    SetOperation operation{.op = infix->op, .left = std::move(left)};
    operation.all = cursor.AcceptWord("ALL");
    if (!operation.all) cursor.AcceptWord("DISTINCT");
    const uint32_t right_begin = cursor.begin();
    operation.right =
        ParseSetOperations(cursor, ParseQueryTerm(cursor), right_begin, infix->precedence + 1);
    QueryExpression query;
    query.body = std::move(operation);
    left = MakeQuery(std::move(query), cursor.SpanFrom(begin));
    cursor.Grow();
  }
}

CommonTable ParseCommonTable(TokenCursor& cursor) {
  CommonTable table{.name = ParseIdentifier(cursor, "a table name")};
  if (cursor.At(TokenKind::kLeftParenthesis)) {
    table.columns = ParseNameList(cursor, "a column name");
    CheckDistinct(cursor, table.columns, "column");
  }
  cursor.ExpectWord("AS");
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  table.query = ParseQuery(cursor);
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  return table;
}

struct WithClause {
  std::vector<CommonTable> tables;
  std::optional<SourceSpan> recursive;
};

WithClause ParseWith(TokenCursor& cursor) {
  WithClause with;
  if (!cursor.AcceptWord("WITH")) return with;
  if (cursor.AtWord("RECURSIVE") && AtIdentifier(cursor, 1)) with.recursive = cursor.Next().span;
  do {
    with.tables.push_back(ParseCommonTable(cursor));
  } while (cursor.Accept(TokenKind::kComma));
  return with;
}

// What LIMIT, OFFSET and FETCH take.
SqlExpressionPtr ParseRowCount(TokenCursor& cursor) {
  const bool number = cursor.At(TokenKind::kInteger) || cursor.At(TokenKind::kDecimal) ||
                      cursor.At(TokenKind::kDouble);
  if (number) return ParseLiteral(cursor);
  cursor.FailExpected("a number of rows");
  return nullptr;
}

// FETCH FIRST [n] ROWS ONLY
void ParseFetch(TokenCursor& cursor, QueryExpression* query) {
  if (!cursor.AcceptWord("FIRST") && !cursor.AcceptWord("NEXT")) {
    cursor.FailExpected("FIRST or NEXT");
  }
  query->limit = ParseRowCount(cursor);
  if (!cursor.AcceptWord("ROWS")) cursor.ExpectWord("ROW");
  cursor.ExpectWord("ONLY");
}

// LIMIT, OFFSET and FETCH, in any order, each once.
void ParseLimits(TokenCursor& cursor, QueryExpression* query) {
  bool limited = false;
  for (;;) {
    if (!limited && cursor.AcceptWord("LIMIT")) {
      limited = true;
      if (!cursor.AcceptWord("ALL")) query->limit = ParseRowCount(cursor);
    } else if (!limited && cursor.AcceptWord("FETCH")) {
      limited = true;
      ParseFetch(cursor, query);
    } else if (query->offset == nullptr && cursor.AcceptWord("OFFSET")) {
      query->offset = ParseRowCount(cursor);
      if (!cursor.AcceptWord("ROWS")) cursor.AcceptWord("ROW");
    } else {
      return;
    }
  }
}

bool AtTail(const TokenCursor& cursor) {
  return cursor.AtAnyWord({"ORDER", "LIMIT", "OFFSET", "FETCH"});
}

// A query that has a WITH, an ORDER BY or a LIMIT of its own becomes SELECT * FROM (query), so that
// another can stand around it.
QueryExpression Body(const QueryPtr& query) {
  if (query->with.empty() && query->order_by.empty() && query->limit == nullptr &&
      query->offset == nullptr) {
    return *query;
  }
  TableReference table{.node = DerivedTable{.query = query}, .span = query->span};
  SelectQuery select;
  select.items.push_back({.span = query->span});
  select.from = std::make_shared<const TableReference>(std::move(table));
  return {.body = std::move(select)};
}

QueryPtr ParseTail(TokenCursor& cursor, WithClause with, QueryPtr body, uint32_t begin) {
  if (body == nullptr || (with.tables.empty() && !AtTail(cursor))) return body;
  QueryExpression query = Body(body);
  query.with = std::move(with.tables);
  query.recursive = with.recursive;
  if (cursor.AcceptWord("ORDER")) {
    cursor.ExpectWord("BY");
    query.order_by = ParseOrderItems(cursor);
  }
  ParseLimits(cursor, &query);
  return MakeQuery(std::move(query), cursor.SpanFrom(begin));
}

}  // namespace

bool AtQueryStart(const TokenCursor& cursor) {
  return cursor.AtAnyWord({"SELECT", "WITH", "VALUES"}) ||
         (cursor.AtWord("TABLE") && AtIdentifier(cursor, 1));
}

QueryPtr ParseQuery(TokenCursor& cursor) {
  const Nesting nesting(cursor);
  const uint32_t begin = cursor.begin();
  WithClause with = ParseWith(cursor);
  const uint32_t body_begin = cursor.begin();
  QueryPtr body = ParseSetOperations(cursor, ParseQueryTerm(cursor), body_begin, kLoosest);
  return ParseTail(cursor, std::move(with), std::move(body), begin);
}

bool AtQueryContinuation(const TokenCursor& cursor) {
  return SetInfixAt(cursor).has_value() || AtTail(cursor);
}

QueryPtr ContinueQuery(TokenCursor& cursor, QueryPtr left) {
  const uint32_t begin = left->span.offset;
  QueryPtr body = ParseSetOperations(cursor, std::move(left), begin, kLoosest);
  return ParseTail(cursor, {}, std::move(body), begin);
}

}  // namespace millrace
