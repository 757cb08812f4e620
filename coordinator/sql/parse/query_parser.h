// Grammar functions (token_cursor.h) for queries.
#pragma once

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// SELECT, WITH, VALUES or TABLE t. A query may begin with a parenthesis too, which only ParseQuery
// takes: elsewhere an expression or a table may stand there as well.
bool AtQueryStart(const TokenCursor& cursor);

// [WITH ...] body [ORDER BY ...] [LIMIT ...]
QueryPtr ParseQuery(TokenCursor& cursor);

// What turns a parenthesised query into the left part of a larger one: UNION, ORDER BY, LIMIT, ...
bool AtQueryContinuation(const TokenCursor& cursor);

// The larger query. REQUIRES: AtQueryContinuation.
QueryPtr ContinueQuery(TokenCursor& cursor, QueryPtr left);

}  // namespace millrace
