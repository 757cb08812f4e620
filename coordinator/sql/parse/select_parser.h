// Grammar functions (token_cursor.h) for SELECT without what may stand around it.
#pragma once

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// SELECT ... [FROM ...] [WHERE ...] [GROUP BY ...] [HAVING ...] [WINDOW ...] [QUALIFY ...]
SelectQuery ParseSelect(TokenCursor& cursor);

// What follows FROM: tables with commas and joins.
TableReferencePtr ParseFrom(TokenCursor& cursor);

}  // namespace millrace
