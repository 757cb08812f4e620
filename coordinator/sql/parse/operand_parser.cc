#include "coordinator/sql/parse/operand_parser.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/parse/call_parser.h"
#include "coordinator/sql/parse/expression_nodes.h"
#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/keywords.h"
#include "coordinator/sql/parse/literal_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/query_parser.h"
#include "coordinator/sql/parse/type_name_parser.h"

namespace millrace {
namespace {

// "[a, b]", also empty.
std::vector<SqlExpressionPtr> ParseBracketedList(TokenCursor& cursor) {
  std::vector<SqlExpressionPtr> items;
  cursor.Expect(TokenKind::kLeftBracket, "'['");
  if (!cursor.At(TokenKind::kRightBracket)) items = ParseExpressions(cursor);
  cursor.Expect(TokenKind::kRightBracket, "',' or ']'");
  return items;
}

// What UNION, ORDER BY and so on follow is a query, although it looked like an expression so far:
// ((SELECT 1) UNION (SELECT 2)).
QueryPtr TakeQuery(TokenCursor& cursor, const SqlExpressionPtr& expression) {
  if (cursor.failed() || expression == nullptr || !AtQueryContinuation(cursor)) return nullptr;
  const auto* subquery = expression->As<SubqueryExpression>();
  return subquery == nullptr ? nullptr : ContinueQuery(cursor, subquery->query);
}

SqlExpressionPtr ParseParenthesis(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.Next();
  QueryPtr query;
  std::vector<SqlExpressionPtr> items;
  if (AtQueryStart(cursor)) {
    query = ParseQuery(cursor);
  } else {
    items.push_back(ParseExpression(cursor));
    query = TakeQuery(cursor, items.front());
  }
  if (query != nullptr) {
    cursor.Expect(TokenKind::kRightParenthesis, "')'");
    return MakeExpression(SubqueryExpression{std::move(query)}, cursor.SpanFrom(begin));
  }
  while (cursor.Accept(TokenKind::kComma)) items.push_back(ParseExpression(cursor));
  cursor.Expect(TokenKind::kRightParenthesis, items.size() == 1 ? "')'" : "',' or ')'");
  if (items.size() == 1) return std::move(items.front());
  return MakeExpression(RowConstructor{std::move(items)}, cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseCase(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.Next();
  CaseExpression node;
  if (!cursor.AtWord("WHEN")) node.operand = ParseExpression(cursor);
  do {
    cursor.ExpectWord("WHEN");
    std::vector<SqlExpressionPtr> conditions = {ParseExpression(cursor)};
    while (node.operand != nullptr && cursor.Accept(TokenKind::kComma)) {
      conditions.push_back(ParseExpression(cursor));
    }
    cursor.ExpectWord("THEN");
    const SqlExpressionPtr result = ParseExpression(cursor);
    for (SqlExpressionPtr& condition : conditions) {
      node.branches.push_back({.condition = std::move(condition), .result = result});
    }
  } while (cursor.AtWord("WHEN"));
  if (cursor.AcceptWord("ELSE")) node.otherwise = ParseExpression(cursor);
  if (!cursor.AcceptWord("END")) cursor.FailExpected("WHEN, ELSE or END");
  return MakeExpression(std::move(node), cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseCast(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  CastExpression cast;
  cast.try_cast = cursor.Next().word == "TRY_CAST";
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  cast.value = ParseExpression(cursor);
  cursor.ExpectWord("AS");
  cast.type = ParseTypeName(cursor);
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  return MakeExpression(std::move(cast), cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseExists(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.Next();
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  ExistsExpression exists{.query = ParseQuery(cursor)};
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  return MakeExpression(std::move(exists), cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseRow(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.Next();
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  RowConstructor row;
  if (!cursor.At(TokenKind::kRightParenthesis)) row.items = ParseExpressions(cursor);
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  return MakeExpression(std::move(row), cursor.SpanFrom(begin));
}

// ARRAY(query), MAP(query), MULTISET(query)
SqlExpressionPtr ParseCollectionQuery(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  CollectionQuery collection{.kind = cursor.Next().word};
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  collection.query = ParseQuery(cursor);
  cursor.Expect(TokenKind::kRightParenthesis, "')'");
  return MakeExpression(std::move(collection), cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseArray(TokenCursor& cursor) {
  if (cursor.At(TokenKind::kLeftParenthesis, 1)) return ParseCollectionQuery(cursor);
  const uint32_t begin = cursor.begin();
  cursor.Next();
  ArrayConstructor array{.items = ParseBracketedList(cursor)};
  return MakeExpression(std::move(array), cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseMultiset(TokenCursor& cursor) {
  if (cursor.At(TokenKind::kLeftParenthesis, 1)) return ParseCollectionQuery(cursor);
  const uint32_t begin = cursor.begin();
  cursor.Next();
  cursor.Expect(TokenKind::kLeftBracket, "'['");
  MultisetConstructor multiset{.items = ParseExpressions(cursor)};
  cursor.Expect(TokenKind::kRightBracket, "',' or ']'");
  return MakeExpression(std::move(multiset), cursor.SpanFrom(begin));
}

// FINAL LAST(a), RUNNING FIRST(a): of MATCH_RECOGNIZE.
SqlExpressionPtr ParseModifiedCall(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  const std::string modifier = cursor.Next().word;
  const SqlExpressionPtr call = ParseCall(cursor);
  const auto* plain = call == nullptr ? nullptr : call->As<FunctionCall>();
  if (plain == nullptr) return call;
  FunctionCall modified = *plain;
  modified.match_modifier = modifier;
  return MakeExpression(std::move(modified), cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseMap(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.Next();
  std::vector<SqlExpressionPtr> items = ParseBracketedList(cursor);
  const SourceSpan span = cursor.SpanFrom(begin);
  if (items.size() % 2 != 0) {
    cursor.Fail(span, "MR1107", "a MAP takes keys and values in turn: the last key has no value");
    return nullptr;
  }
  MapConstructor map;
  for (size_t i = 0; i < items.size(); i += 2) {
    map.entries.push_back({.key = std::move(items[i]), .value = std::move(items[i + 1])});
  }
  return MakeExpression(std::move(map), span);
}

// a.b.c, or the call of a function of that name.
SqlExpressionPtr ParsePathOrCall(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  if (cursor.At(TokenKind::kLeftParenthesis, 1)) return ParseCall(cursor);
  std::vector<Identifier> path = {ParseIdentifier(cursor, "a name")};
  while (cursor.At(TokenKind::kDot) && !cursor.At(TokenKind::kStar, 1)) {
    cursor.Next();
    path.push_back(ParseIdentifier(cursor, "a name"));
  }
  const SourceSpan span = cursor.SpanFrom(begin);
  if (cursor.At(TokenKind::kLeftParenthesis)) {
    return ParseCallArguments(cursor, {.parts = std::move(path), .span = span});
  }
  return MakeExpression(ColumnReference{std::move(path)}, span);
}

bool AtCallWithoutParentheses(const TokenCursor& cursor) {
  return cursor.AtAnyWord(
      {"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"});
}

SqlExpressionPtr ParseCallWithoutParentheses(TokenCursor& cursor) {
  if (cursor.At(TokenKind::kLeftParenthesis, 1)) return ParseCall(cursor);
  const Token& token = cursor.Next();
  FunctionCall call{.name = {{{token.value, token.span}}, token.span}, .parentheses = false};
  return MakeExpression(std::move(call), token.span);
}

void FailNoOperand(TokenCursor& cursor) {
  const Token& token = cursor.Peek();
  std::string hint;
  if (token.kind == TokenKind::kQuestionMark) {
    hint = "parameters are not part of a script; ${name} is replaced before it is read";
  } else if (cursor.previous() != nullptr && cursor.previous()->kind == TokenKind::kComma) {
    hint = "is there a comma too many?";
  } else if (token.kind == TokenKind::kWord) {
    hint = absl::StrCat("as a name it needs back-quotes: `", token.value, "`");
  }
  cursor.FailExpected("an expression", std::move(hint));
}

SqlExpressionPtr ParseReservedOperand(TokenCursor& cursor) {
  if (cursor.AtWord("CASE")) return ParseCase(cursor);
  if (cursor.AtWord("CAST")) return ParseCast(cursor);
  if (cursor.AtWord("EXISTS")) return ParseExists(cursor);
  if (cursor.AtWord("ARRAY")) return ParseArray(cursor);
  if (AtCallWithoutParentheses(cursor)) return ParseCallWithoutParentheses(cursor);
  if (cursor.AtWord("MULTISET")) return ParseMultiset(cursor);
  FailNoOperand(cursor);
  return nullptr;
}

SqlExpressionPtr ParsePrimary(TokenCursor& cursor) {
  if (AtLiteral(cursor)) return ParseLiteral(cursor);
  if (cursor.At(TokenKind::kLeftParenthesis)) return ParseParenthesis(cursor);
  if (cursor.At(TokenKind::kQuotedName)) return ParsePathOrCall(cursor);
  if (!cursor.At(TokenKind::kWord)) {
    FailNoOperand(cursor);
    return nullptr;
  }
  const bool opens = cursor.At(TokenKind::kLeftParenthesis, 1);
  const std::string& word = cursor.Peek().word;
  if (IsCallableReservedWord(word) && opens) return ParseCall(cursor);
  if (IsReservedWord(word)) return ParseReservedOperand(cursor);
  if (word == "TRY_CAST" && opens) return ParseCast(cursor);
  if (word == "ROW" && opens) return ParseRow(cursor);
  if (word == "MAP" && cursor.At(TokenKind::kLeftBracket, 1)) return ParseMap(cursor);
  if (word == "MAP" && opens && cursor.AtAnyWord({"SELECT", "WITH", "VALUES"}, 2)) {
    return ParseCollectionQuery(cursor);
  }
  if (cursor.AtAnyWord({"RUNNING", "FINAL"}) && cursor.At(TokenKind::kWord, 1) &&
      cursor.At(TokenKind::kLeftParenthesis, 2)) {
    return ParseModifiedCall(cursor);
  }
  return ParsePathOrCall(cursor);
}

}  // namespace

SqlExpressionPtr ParseOperand(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  SqlExpressionPtr operand = ParsePrimary(cursor);
  for (;;) {
    if (cursor.Accept(TokenKind::kLeftBracket)) {
      ElementAccess access{.base = std::move(operand), .index = ParseExpression(cursor)};
      cursor.Expect(TokenKind::kRightBracket, "']'");
      operand = MakeExpression(std::move(access), cursor.SpanFrom(begin));
    } else if (cursor.At(TokenKind::kDoubleColon)) {
      cursor.NoteAddition(cursor.Next().span);
      CastExpression cast{.value = std::move(operand), .type = ParseTypeName(cursor)};
      operand = MakeExpression(std::move(cast), cursor.SpanFrom(begin));
    } else if (cursor.At(TokenKind::kDot)) {
      cursor.Next();
      FieldAccess access{.base = std::move(operand), .field = ParseIdentifier(cursor, "a field")};
      operand = MakeExpression(std::move(access), cursor.SpanFrom(begin));
    } else {
      return operand;
    }
    cursor.Grow();
  }
}

}  // namespace millrace
