#include "coordinator/sql/parse/select_parser.h"

#include <utility>

#include "coordinator/sql/parse/call_parser.h"
#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/option_parser.h"

namespace millrace {
namespace {

// Whether t.* or a.t.* follows.
bool AtQualifiedStar(const TokenCursor& cursor) {
  size_t ahead = 0;
  while (AtIdentifier(cursor, ahead) && cursor.At(TokenKind::kDot, ahead + 1)) ahead += 2;
  return ahead > 0 && cursor.At(TokenKind::kStar, ahead);
}

ObjectName ParseStarQualifier(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  ObjectName name;
  do {
    name.parts.push_back(ParseIdentifier(cursor, "a table name"));
    name.span = cursor.SpanFrom(begin);
    cursor.Expect(TokenKind::kDot, "'.'");
  } while (AtIdentifier(cursor));
  cursor.Expect(TokenKind::kStar, "'*'");
  return name;
}

SelectItem ParseSelectItem(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  SelectItem item;
  if (AtQualifiedStar(cursor)) {
    item.star_of = ParseStarQualifier(cursor);
  } else if (!cursor.Accept(TokenKind::kStar)) {
    item.expression = ParseExpression(cursor);
    if (cursor.AcceptWord("AS") || AtIdentifier(cursor)) {
      item.alias = ParseIdentifier(cursor, "a column name");
    }
  }
  item.span = cursor.SpanFrom(begin);
  return item;
}

GroupingElement ParseGroupingElement(TokenCursor& cursor);

std::vector<GroupingElement> ParseGroupingElements(TokenCursor& cursor) {
  std::vector<GroupingElement> elements;
  do {
    elements.push_back(ParseGroupingElement(cursor));
  } while (cursor.Accept(TokenKind::kComma));
  return elements;
}

GroupingElement ParseNestedGrouping(TokenCursor& cursor, GroupingKind kind) {
  GroupingElement element{.kind = kind};
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  element.elements = ParseGroupingElements(cursor);
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  return element;
}

// a, or (a, b), which looks like a row.
GroupingElement ParseGroupingExpression(TokenCursor& cursor) {
  const bool parenthesis = cursor.At(TokenKind::kLeftParenthesis);
  SqlExpressionPtr expression = ParseExpression(cursor);
  const auto* row =
      parenthesis && expression != nullptr ? expression->As<RowConstructor>() : nullptr;
  if (row != nullptr) return {.kind = GroupingKind::kSet, .expressions = row->items};
  return {.expressions = {std::move(expression)}};
}

GroupingElement ParseGroupingElement(TokenCursor& cursor) {
  const Nesting nesting(cursor);
  const uint32_t begin = cursor.begin();
  const bool opens = cursor.At(TokenKind::kLeftParenthesis, 1);
  GroupingElement element;
  if (opens && cursor.AcceptWord("ROLLUP")) {
    element = ParseNestedGrouping(cursor, GroupingKind::kRollup);
  } else if (opens && cursor.AcceptWord("CUBE")) {
    element = ParseNestedGrouping(cursor, GroupingKind::kCube);
  } else if (cursor.AcceptWords({"GROUPING", "SETS"})) {
    element = ParseNestedGrouping(cursor, GroupingKind::kGroupingSets);
  } else if (cursor.At(TokenKind::kLeftParenthesis) && cursor.At(TokenKind::kRightParenthesis, 1)) {
    cursor.Next();
    cursor.Next();
    element.kind = GroupingKind::kSet;
  } else {
    element = ParseGroupingExpression(cursor);
  }
  element.span = cursor.SpanFrom(begin);
  return element;
}

void ParseGroupBy(TokenCursor& cursor, SelectQuery* select) {
  if (!cursor.AcceptWord("GROUP")) return;
  cursor.ExpectWord("BY");
  const SourceSpan quantifier = cursor.Peek().span;
  if (cursor.AcceptWord("DISTINCT")) {
    select->group_by_distinct = quantifier;
  } else {
    cursor.AcceptWord("ALL");
  }
  select->group_by = ParseGroupingElements(cursor);
}

void ParseNamedWindows(TokenCursor& cursor, SelectQuery* select) {
  if (!cursor.AcceptWord("WINDOW")) return;
  std::vector<Identifier> names;
  do {
    NamedWindow window{.name = ParseIdentifier(cursor, "a window name")};
    cursor.ExpectWord("AS");
    if (!cursor.At(TokenKind::kLeftParenthesis)) cursor.FailExpected("'('");
    window.window = ParseOverWindow(cursor);
    names.push_back(window.name);
    select->windows.push_back(std::move(window));
  } while (cursor.Accept(TokenKind::kComma));
  CheckDistinct(cursor, names, "window");
}

}  // namespace

SelectQuery ParseSelect(TokenCursor& cursor) {
  SelectQuery select;
  cursor.ExpectWord("SELECT");
  select.hints = ParseHints(cursor);
  select.distinct = cursor.AcceptWord("DISTINCT");
  if (!select.distinct) cursor.AcceptWord("ALL");
  do {
    select.items.push_back(ParseSelectItem(cursor));
  } while (cursor.Accept(TokenKind::kComma));
  if (cursor.AcceptWord("FROM")) select.from = ParseFrom(cursor);
  if (cursor.AcceptWord("WHERE")) select.where = ParseExpression(cursor);
  ParseGroupBy(cursor, &select);
  if (cursor.AcceptWord("HAVING")) select.having = ParseExpression(cursor);
  ParseNamedWindows(cursor, &select);
  if (cursor.AcceptWord("QUALIFY")) select.qualify = ParseExpression(cursor);
  return select;
}

}  // namespace millrace
