// Grammar functions (token_cursor.h) for options in parentheses and for hints.
#pragma once

#include <vector>

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// ('key' = 'value', key.part = 'value'), also (); a key given twice fails with MR1104.
std::vector<OptionEntry> ParseOptions(TokenCursor& cursor);

// 'key', or words joined by dots.
std::string ParseOptionKey(TokenCursor& cursor, SourceSpan* span);

// /*+ NAME(...), NAME */, also none and several in a row.
std::vector<QueryHint> ParseHints(TokenCursor& cursor);

}  // namespace millrace
