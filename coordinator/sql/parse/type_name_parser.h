// Grammar functions (token_cursor.h) for types. They give the canonical text that common/columnar
// reads, so that there is one place which knows what a type means and no second one here.
#pragma once

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// With a NOT NULL or NULL behind it, if any. Unknown types fail with MR1106.
TypeName ParseTypeName(TokenCursor& cursor);

}  // namespace millrace
