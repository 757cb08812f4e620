// The text of a script to tokens. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "coordinator/sql/parse/diagnostic.h"
#include "coordinator/sql/parse/token.h"

namespace millrace {

struct LexedScript {
  std::vector<Token> tokens;  // The last one is kEnd, and no other.
  std::vector<SqlDiagnostic> diagnostics;
};

// Goes on behind an error: what it cannot read becomes a kInvalid token. Comments are left out,
// except for the contents of hints, /*+ ... */. REQUIRES: `text` is shorter than 4 GB.
LexedScript Lex(std::string_view text);

}  // namespace millrace
