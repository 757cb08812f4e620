// Grammar functions (token_cursor.h) for MATCH_RECOGNIZE.
#pragma once

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// At MATCH_RECOGNIZE, behind the table that it reads. Sets all but `input`.
MatchRecognizeTable ParseMatchRecognize(TokenCursor& cursor);

}  // namespace millrace
