// Grammar functions (token_cursor.h) for calls of functions: plain ones and those with a syntax of
// their own, such as EXTRACT(YEAR FROM x).
#pragma once

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// At name '(': the whole call with FILTER, OVER and so on. The name is one word, reserved or not,
// or a quoted name.
SqlExpressionPtr ParseCall(TokenCursor& cursor);

// The same behind a name that has been read.
SqlExpressionPtr ParseCallArguments(TokenCursor& cursor, ObjectName name);

// If `call` has a syntax of its own and no plain arguments follow, reads what stands between its
// parentheses. Returns whether it did; else nothing has been read.
bool ParseSpecialArguments(TokenCursor& cursor, FunctionCall* call);

// What JSON functions may have behind their arguments: RETURNING, WRAPPER, ... ON ERROR.
void ParseJsonClauses(TokenCursor& cursor, FunctionCall* call);

// OVER has been read: a name, or (...).
OverWindow ParseOverWindow(TokenCursor& cursor);

}  // namespace millrace
