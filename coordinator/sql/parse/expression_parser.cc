#include "coordinator/sql/parse/expression_parser.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/parse/expression_nodes.h"
#include "coordinator/sql/parse/operand_parser.h"
#include "coordinator/sql/parse/precedence.h"
#include "coordinator/sql/parse/query_parser.h"

namespace millrace {
namespace {

enum class InfixKind : uint8_t { kBinary, kIs, kBetween, kIn, kLike, kSimilarTo };

struct Infix {
  InfixKind kind = InfixKind::kBinary;
  Precedence precedence = Precedence::kLowest;
  BinaryOperator op = BinaryOperator::kAnd;  // kBinary
  int words = 1;                             // How many tokens it has; kBinary.
};

// What an infix operator is applied to, and where that began.
struct LeftOperand {
  SqlExpressionPtr expression;
  uint32_t begin = 0;
};

Infix Binary(BinaryOperator op, int words = 1) {
  return {.precedence = PrecedenceOf(op), .op = op, .words = words};
}

std::optional<Infix> SymbolInfix(TokenKind kind) {
  switch (kind) {
    case TokenKind::kPlus:
      return Binary(BinaryOperator::kPlus);
    case TokenKind::kMinus:
      return Binary(BinaryOperator::kMinus);
    case TokenKind::kStar:
      return Binary(BinaryOperator::kMultiply);
    case TokenKind::kSlash:
      return Binary(BinaryOperator::kDivide);
    case TokenKind::kPercent:
      return Binary(BinaryOperator::kModulo);
    case TokenKind::kConcatenate:
      return Binary(BinaryOperator::kConcatenate);
    case TokenKind::kEqual:
      return Binary(BinaryOperator::kEqual);
    case TokenKind::kNotEqual:
      return Binary(BinaryOperator::kNotEqual);
    case TokenKind::kLess:
      return Binary(BinaryOperator::kLess);
    case TokenKind::kLessOrEqual:
      return Binary(BinaryOperator::kLessOrEqual);
    case TokenKind::kGreater:
      return Binary(BinaryOperator::kGreater);
    case TokenKind::kGreaterOrEqual:
      return Binary(BinaryOperator::kGreaterOrEqual);
    default:
      return std::nullopt;
  }
}

std::optional<Infix> WordInfix(const TokenCursor& cursor) {
  if (cursor.AtWord("OR")) return Binary(BinaryOperator::kOr);
  if (cursor.AtWord("AND")) return Binary(BinaryOperator::kAnd);
  if (cursor.AtWord("OVERLAPS")) return Binary(BinaryOperator::kOverlaps);
  if (cursor.AtWords({"IS", "DISTINCT", "FROM"})) {
    return Binary(BinaryOperator::kIsDistinctFrom, 3);
  }
  if (cursor.AtWords({"IS", "NOT", "DISTINCT", "FROM"})) {
    return Binary(BinaryOperator::kIsNotDistinctFrom, 4);
  }
  if (cursor.AtWord("IS")) return Infix{InfixKind::kIs, Precedence::kIs};
  const size_t ahead = cursor.AtWord("NOT") ? 1 : 0;
  const auto predicate = [](InfixKind kind) { return Infix{kind, Precedence::kPredicate}; };
  if (cursor.AtWord("BETWEEN", ahead)) return predicate(InfixKind::kBetween);
  if (cursor.AtWord("IN", ahead)) return predicate(InfixKind::kIn);
  if (cursor.AtWord("LIKE", ahead)) return predicate(InfixKind::kLike);
  if (cursor.AtWord("SIMILAR", ahead)) return predicate(InfixKind::kSimilarTo);
  return std::nullopt;
}

std::optional<Infix> InfixAt(TokenCursor& cursor) {
  if (!cursor.At(TokenKind::kWord)) return SymbolInfix(cursor.Peek().kind);
  if (cursor.AtWords({"MEMBER", "OF"}) || cursor.AtWords({"SUBMULTISET", "OF"}) ||
      cursor.AtWord("MULTISET")) {
    cursor.FailNotBuilt(cursor.Peek().span, absl::StrCat("the operator ", cursor.Peek().word));
    return std::nullopt;
  }
  return WordInfix(cursor);
}

SqlExpressionPtr ParseOperators(TokenCursor& cursor, Precedence loosest);

SqlExpressionPtr ParseBetween(TokenCursor& cursor, LeftOperand left) {
  BetweenExpression between{.value = std::move(left.expression)};
  between.negated = cursor.AcceptWord("NOT");
  cursor.ExpectWord("BETWEEN");
  between.symmetric = cursor.AcceptWord("SYMMETRIC");
  if (!between.symmetric) cursor.AcceptWord("ASYMMETRIC");
  between.low = ParseOperators(cursor, Tighter(Precedence::kPredicate));
  cursor.ExpectWord("AND");
  between.high = ParseOperators(cursor, Tighter(Precedence::kPredicate));
  return MakeExpression(std::move(between), cursor.SpanFrom(left.begin));
}

// "(query)" or "(a, b)".
void ParseListOrQuery(TokenCursor& cursor, std::vector<SqlExpressionPtr>* list, QueryPtr* query) {
  cursor.Expect(TokenKind::kLeftParenthesis, "'('");
  if (AtQueryStart(cursor)) {
    *query = ParseQuery(cursor);
  } else {
    *list = ParseExpressions(cursor);
    // ((SELECT 1) UNION (SELECT 2))
    const SqlExpressionPtr& first = list->front();
    const auto* subquery = first == nullptr ? nullptr : first->As<SubqueryExpression>();
    if (list->size() == 1 && subquery != nullptr && AtQueryContinuation(cursor)) {
      *query = ContinueQuery(cursor, subquery->query);
      list->clear();
    }
  }
  cursor.Expect(TokenKind::kRightParenthesis, "',' or ')'");
}

SqlExpressionPtr ParseIn(TokenCursor& cursor, LeftOperand left) {
  InExpression in{.value = std::move(left.expression)};
  in.negated = cursor.AcceptWord("NOT");
  cursor.ExpectWord("IN");
  ParseListOrQuery(cursor, &in.list, &in.query);
  return MakeExpression(std::move(in), cursor.SpanFrom(left.begin));
}

SqlExpressionPtr ParsePattern(TokenCursor& cursor, LeftOperand left) {
  PatternExpression like{.value = std::move(left.expression)};
  like.negated = cursor.AcceptWord("NOT");
  if (cursor.AcceptWords({"SIMILAR", "TO"})) {
    like.kind = PatternKind::kSimilarTo;
  } else if (!cursor.AcceptWord("LIKE")) {
    cursor.FailExpected("SIMILAR TO");
  }
  like.pattern = ParseOperators(cursor, Tighter(Precedence::kPredicate));
  if (cursor.AcceptWord("ESCAPE")) {
    like.escape = ParseOperators(cursor, Tighter(Precedence::kPredicate));
  }
  return MakeExpression(std::move(like), cursor.SpanFrom(left.begin));
}

IsTest ParseIsTest(TokenCursor& cursor) {
  struct WordTest {
    std::string_view word;
    IsTest test;
  };
  static constexpr WordTest kTests[] = {{"NULL", IsTest::kNull},
                                        {"TRUE", IsTest::kTrue},
                                        {"FALSE", IsTest::kFalse},
                                        {"UNKNOWN", IsTest::kUnknown}};
  static constexpr WordTest kJsonTests[] = {{"VALUE", IsTest::kJsonValue},
                                            {"OBJECT", IsTest::kJsonObject},
                                            {"ARRAY", IsTest::kJsonArray},
                                            {"SCALAR", IsTest::kJsonScalar}};
  for (const WordTest& test : kTests) {
    if (cursor.AcceptWord(test.word)) return test.test;
  }
  if (!cursor.AcceptWord("JSON")) {
    cursor.FailExpected("NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM");
  }
  for (const WordTest& test : kJsonTests) {
    if (cursor.AcceptWord(test.word)) return test.test;
  }
  return IsTest::kJson;
}

SqlExpressionPtr ParseIs(TokenCursor& cursor, LeftOperand left) {
  IsExpression is{.operand = std::move(left.expression)};
  cursor.ExpectWord("IS");
  is.negated = cursor.AcceptWord("NOT");
  is.test = ParseIsTest(cursor);
  return MakeExpression(std::move(is), cursor.SpanFrom(left.begin));
}

bool AtQuantifier(const TokenCursor& cursor, BinaryOperator op) {
  return PrecedenceOf(op) == Precedence::kComparison && cursor.AtAnyWord({"ANY", "SOME", "ALL"}) &&
         cursor.At(TokenKind::kLeftParenthesis, 1);
}

SqlExpressionPtr ParseBinary(TokenCursor& cursor, LeftOperand left, const Infix& infix) {
  const uint32_t op_begin = cursor.begin();
  for (int i = 0; i < infix.words; ++i) cursor.Next();
  const SourceSpan op_span = cursor.SpanFrom(op_begin);
  if (AtQuantifier(cursor, infix.op)) {
    QuantifiedComparison comparison{.value = std::move(left.expression), .op = infix.op};
    comparison.all = cursor.Next().word == "ALL";
    ParseListOrQuery(cursor, &comparison.list, &comparison.query);
    return MakeExpression(std::move(comparison), cursor.SpanFrom(left.begin));
  }
  BinaryExpression binary{.op = infix.op, .left = std::move(left.expression), .op_span = op_span};
  binary.right = ParseOperators(cursor, Tighter(infix.precedence));
  return MakeExpression(std::move(binary), cursor.SpanFrom(left.begin));
}

SqlExpressionPtr ParseInfix(TokenCursor& cursor, LeftOperand left, const Infix& infix) {
  switch (infix.kind) {
    case InfixKind::kBinary:
      return ParseBinary(cursor, std::move(left), infix);
    case InfixKind::kIs:
      return ParseIs(cursor, std::move(left));
    case InfixKind::kBetween:
      return ParseBetween(cursor, std::move(left));
    case InfixKind::kIn:
      return ParseIn(cursor, std::move(left));
    case InfixKind::kLike:
    case InfixKind::kSimilarTo:
      return ParsePattern(cursor, std::move(left));
  }
  return nullptr;
}

SqlExpressionPtr ParsePrefix(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  const auto unary = [&](UnaryOperator op, Precedence precedence) {
    cursor.Next();
    UnaryExpression node{.op = op, .operand = ParseOperators(cursor, precedence)};
    return MakeExpression(std::move(node), cursor.SpanFrom(begin));
  };
  if (cursor.AtWord("NOT")) return unary(UnaryOperator::kNot, Precedence::kNot);
  if (cursor.At(TokenKind::kMinus)) return unary(UnaryOperator::kMinus, Precedence::kSign);
  if (cursor.At(TokenKind::kPlus)) return unary(UnaryOperator::kPlus, Precedence::kSign);
  return ParseOperand(cursor);
}

// An expression whose operators bind at least as tightly as `loosest`.
SqlExpressionPtr ParseOperators(TokenCursor& cursor, Precedence loosest) {
  const Nesting nesting(cursor);
  LeftOperand left{.begin = cursor.begin()};
  left.expression = ParsePrefix(cursor);
  for (;;) {
    const std::optional<Infix> infix = InfixAt(cursor);
    if (!infix.has_value() || infix->precedence < loosest) return left.expression;
    cursor.Grow();
    left.expression = ParseInfix(cursor, left, *infix);
  }
}

}  // namespace

SqlExpressionPtr ParseExpression(TokenCursor& cursor) {
  return ParseOperators(cursor, Precedence::kLowest);
}

SqlExpressionPtr ParseSum(TokenCursor& cursor) { return ParseOperators(cursor, Precedence::kSum); }

std::vector<SqlExpressionPtr> ParseExpressions(TokenCursor& cursor) {
  std::vector<SqlExpressionPtr> expressions;
  do {
    expressions.push_back(ParseExpression(cursor));
  } while (cursor.Accept(TokenKind::kComma));
  return expressions;
}

OrderItem ParseOrderItem(TokenCursor& cursor) {
  OrderItem item{.expression = ParseExpression(cursor)};
  item.descending = cursor.AcceptWord("DESC");
  if (!item.descending) cursor.AcceptWord("ASC");
  if (cursor.AcceptWords({"NULLS", "FIRST"})) {
    item.nulls_first = true;
  } else if (cursor.AcceptWords({"NULLS", "LAST"})) {
    item.nulls_first = false;
  }
  return item;
}

std::vector<OrderItem> ParseOrderItems(TokenCursor& cursor) {
  std::vector<OrderItem> items;
  do {
    items.push_back(ParseOrderItem(cursor));
  } while (cursor.Accept(TokenKind::kComma));
  return items;
}

}  // namespace millrace
