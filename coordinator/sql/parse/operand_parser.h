// Grammar functions (token_cursor.h) for what stands between operators.
#pragma once

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// A constant, a column, a call, CASE, CAST, a constructor or a parenthesis, with the .field,
// [index] and ::type behind it.
SqlExpressionPtr ParseOperand(TokenCursor& cursor);

}  // namespace millrace
