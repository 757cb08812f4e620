#include "coordinator/sql/parse/call_parser.h"

#include <utility>

#include "absl/strings/match.h"
#include "coordinator/sql/parse/expression_nodes.h"
#include "coordinator/sql/parse/expression_parser.h"
#include "coordinator/sql/parse/name_parser.h"
#include "coordinator/sql/parse/query_parser.h"

namespace millrace {
namespace {

// a or (a, b): a comma outside of parentheses ends the argument.
std::vector<SqlExpressionPtr> ParsePartitionKeys(TokenCursor& cursor) {
  if (!cursor.Accept(TokenKind::kLeftParenthesis)) return {ParseExpression(cursor)};
  std::vector<SqlExpressionPtr> keys = ParseExpressions(cursor);
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  return keys;
}

std::vector<OrderItem> ParseArgumentOrder(TokenCursor& cursor) {
  if (!cursor.Accept(TokenKind::kLeftParenthesis)) return {ParseOrderItem(cursor)};
  std::vector<OrderItem> items = ParseOrderItems(cursor);
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  return items;
}

SqlExpressionPtr FinishTableArgument(TokenCursor& cursor, TableArgument argument, uint32_t begin) {
  if (cursor.AcceptWords({"PARTITION", "BY"})) argument.partition_by = ParsePartitionKeys(cursor);
  if (cursor.AcceptWords({"ORDER", "BY"})) argument.order_by = ParseArgumentOrder(cursor);
  return MakeExpression(std::move(argument), cursor.SpanFrom(begin));
}

// TABLE t, TABLE(t), TABLE(query)
SqlExpressionPtr ParseTableArgument(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.ExpectWord("TABLE");
  TableArgument argument;
  const bool parenthesis = cursor.Accept(TokenKind::kLeftParenthesis);
  if (parenthesis && (AtQueryStart(cursor) || cursor.At(TokenKind::kLeftParenthesis))) {
    argument.query = ParseQuery(cursor);
  } else {
    argument.table = ParseObjectName(cursor, "a table name");
  }
  if (parenthesis) cursor.Expect(TokenKind::kRightParenthesis, "')'");
  return FinishTableArgument(cursor, std::move(argument), begin);
}

SqlExpressionPtr ParseDescriptor(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.Next();
  DescriptorArgument descriptor{.columns = ParseNameList(cursor, "a column name")};
  return MakeExpression(std::move(descriptor), cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseModelArgument(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.Next();
  ModelArgument argument{.model = ParseObjectName(cursor, "a model name")};
  return MakeExpression(std::move(argument), cursor.SpanFrom(begin));
}

SqlExpressionPtr ParseArgumentValue(TokenCursor& cursor) {
  if (cursor.AtWord("TABLE")) return ParseTableArgument(cursor);
  if (cursor.AtWord("DESCRIPTOR") && cursor.At(TokenKind::kLeftParenthesis, 1)) {
    return ParseDescriptor(cursor);
  }
  if (cursor.AtWord("MODEL") && AtIdentifier(cursor, 1)) return ParseModelArgument(cursor);
  if (cursor.AcceptWord("DEFAULT")) return nullptr;
  const uint32_t begin = cursor.begin();
  SqlExpressionPtr value = ParseExpression(cursor);
  // (query) PARTITION BY a
  if (value != nullptr && cursor.AtAnyWord({"PARTITION", "ORDER"}) && cursor.AtWord("BY", 1)) {
    if (const auto* subquery = value->As<SubqueryExpression>()) {
      return FinishTableArgument(cursor, {.query = subquery->query}, begin);
    }
    cursor.FailNotBuilt(cursor.Peek().span, "ORDER BY among the arguments of a function");
  }
  return value;
}

FunctionArgument ParseArgument(TokenCursor& cursor) {
  FunctionArgument argument;
  const bool word = cursor.At(TokenKind::kWord) || cursor.At(TokenKind::kQuotedName);
  if (word && cursor.At(TokenKind::kArrow, 1)) {
    const Token& name = cursor.Next();
    argument.name = Identifier{.name = name.value, .span = name.span};
    cursor.Next();
  }
  argument.value = ParseArgumentValue(cursor);
  return argument;
}

void ParsePlainArguments(TokenCursor& cursor, FunctionCall* call) {
  if (cursor.At(TokenKind::kRightParenthesis)) return;
  if (cursor.Accept(TokenKind::kStar)) {
    call->star = true;
    return;
  }
  call->distinct = cursor.AcceptWord("DISTINCT");
  if (!call->distinct) cursor.AcceptWord("ALL");
  do {
    call->arguments.push_back(ParseArgument(cursor));
  } while (cursor.Accept(TokenKind::kComma));
}

// IGNORE NULLS or RESPECT NULLS: inside the parentheses of ARRAY_AGG, behind those of others.
void ParseNullTreatment(TokenCursor& cursor, FunctionCall* call) {
  if (cursor.AcceptWords({"IGNORE", "NULLS"})) {
    call->ignore_nulls = true;
  } else if (cursor.AcceptWords({"RESPECT", "NULLS"})) {
    call->ignore_nulls = false;
  }
}

// What stands behind the parenthesis.
void ParseCallSuffixes(TokenCursor& cursor, FunctionCall* call) {
  if (cursor.AcceptWords({"WITHIN", "GROUP"})) {
    cursor.Expect(TokenKind::kLeftParenthesis, "'('");
    cursor.ExpectWords({"ORDER", "BY"});
    call->within_group = ParseOrderItems(cursor);
    cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  }
  if (!call->ignore_nulls.has_value()) ParseNullTreatment(cursor, call);
  if (cursor.AtWord("FILTER") && cursor.At(TokenKind::kLeftParenthesis, 1)) {
    cursor.Next();
    cursor.Next();
    cursor.ExpectWord("WHERE");
    call->filter = ParseExpression(cursor);
    cursor.Expect(TokenKind::kRightParenthesis, "')'");
  }
  if (cursor.AcceptWord("OVER")) call->over = ParseOverWindow(cursor);
}

SqlExpressionPtr FinishCall(TokenCursor& cursor, FunctionCall call) {
  const uint32_t begin = call.name.span.offset;
  ParseJsonClauses(cursor, &call);
  if (absl::EqualsIgnoreCase(call.name.parts.back().name, "ARRAY_AGG")) {
    ParseNullTreatment(cursor, &call);
  }
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
  ParseCallSuffixes(cursor, &call);
  return MakeExpression(std::move(call), cursor.SpanFrom(begin));
}

FrameBound ParseFrameBound(TokenCursor& cursor) {
  if (cursor.AcceptWords({"UNBOUNDED", "PRECEDING"})) return {FrameBoundKind::kUnboundedPreceding};
  if (cursor.AcceptWords({"UNBOUNDED", "FOLLOWING"})) return {FrameBoundKind::kUnboundedFollowing};
  if (cursor.AcceptWords({"CURRENT", "ROW"})) return {FrameBoundKind::kCurrentRow};
  FrameBound bound{.distance = ParseExpression(cursor)};
  if (cursor.AcceptWord("PRECEDING")) {
    bound.kind = FrameBoundKind::kPreceding;
  } else if (cursor.AcceptWord("FOLLOWING")) {
    bound.kind = FrameBoundKind::kFollowing;
  } else {
    cursor.FailExpected("PRECEDING or FOLLOWING");
  }
  return bound;
}

std::optional<WindowFrame> ParseFrame(TokenCursor& cursor) {
  WindowFrame frame;
  if (cursor.AcceptWord("ROWS")) {
    frame.unit = FrameUnit::kRows;
  } else if (!cursor.AcceptWord("RANGE")) {
    return std::nullopt;
  }
  const bool between = cursor.AcceptWord("BETWEEN");
  frame.start = ParseFrameBound(cursor);
  if (between) {
    cursor.ExpectWord("AND");
    frame.end = ParseFrameBound(cursor);
  }
  return frame;
}

}  // namespace

SqlExpressionPtr ParseCall(TokenCursor& cursor) {
  const Token& token = cursor.Next();
  FunctionCall call{.name = {{{token.value, token.span}}, token.span}};
  const bool word = token.kind == TokenKind::kWord;
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  if (!word || !ParseSpecialArguments(cursor, &call)) ParsePlainArguments(cursor, &call);
  return FinishCall(cursor, std::move(call));
}

SqlExpressionPtr ParseCallArguments(TokenCursor& cursor, ObjectName name) {
  FunctionCall call{.name = std::move(name)};
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  ParsePlainArguments(cursor, &call);
  return FinishCall(cursor, std::move(call));
}

OverWindow ParseOverWindow(TokenCursor& cursor) {
  OverWindow window;
  const uint32_t begin = cursor.begin();
  if (!cursor.Accept(TokenKind::kLeftParenthesis)) {
    window.base = ParseIdentifier(cursor, "a window: a name or '('");
    window.by_name = true;
    window.span = cursor.SpanFrom(begin);
    return window;
  }
  if (AtIdentifier(cursor)) window.base = ParseIdentifier(cursor, "a window name");
  if (cursor.AcceptWords({"PARTITION", "BY"})) window.partition_by = ParseExpressions(cursor);
  if (cursor.AcceptWords({"ORDER", "BY"})) window.order_by = ParseOrderItems(cursor);
  window.frame = ParseFrame(cursor);
  cursor.Expect(TokenKind::kRightParenthesis, "PARTITION BY, ORDER BY, ROWS, RANGE or ')'");
  window.span = cursor.SpanFrom(begin);
  return window;
}

}  // namespace millrace
