// Grammar functions (token_cursor.h) for constants.
#pragma once

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// At a number, a string, NULL, TRUE, FALSE, UNKNOWN, INTERVAL, or DATE, TIME and TIMESTAMP with a
// string behind them.
bool AtLiteral(const TokenCursor& cursor);

// REQUIRES: AtLiteral.
SqlExpressionPtr ParseLiteral(TokenCursor& cursor);

// A literal, or a number behind a sign: what PARTITION (key = ...) takes.
SqlExpressionPtr ParseSignedLiteral(TokenCursor& cursor);

// A unit of time, plural allowed.
TimeUnit ParseTimeUnit(TokenCursor& cursor);

}  // namespace millrace
