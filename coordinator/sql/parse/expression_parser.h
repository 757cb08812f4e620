// Grammar functions (token_cursor.h) for scalar expressions, by precedence climbing.
#pragma once

#include <vector>

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

SqlExpressionPtr ParseExpression(TokenCursor& cursor);

// An expression of + and what binds more tightly: what may stand before a keyword such as IN.
SqlExpressionPtr ParseSum(TokenCursor& cursor);

// a, b, c: at least one.
std::vector<SqlExpressionPtr> ParseExpressions(TokenCursor& cursor);

// a DESC NULLS LAST
OrderItem ParseOrderItem(TokenCursor& cursor);

// ORDER BY has been read: one or several of them.
std::vector<OrderItem> ParseOrderItems(TokenCursor& cursor);

}  // namespace millrace
