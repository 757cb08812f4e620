// Grammar functions (token_cursor.h) for names.
#pragma once

#include <string_view>
#include <vector>

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// A quoted name, or a word that is not reserved.
bool AtIdentifier(const TokenCursor& cursor, size_t ahead = 0);

// Fails with MR1102 at a reserved word. `what` says whose name it is: "a table name".
Identifier ParseIdentifier(TokenCursor& cursor, std::string_view what);

// a.b.c: one to three parts.
ObjectName ParseObjectName(TokenCursor& cursor, std::string_view what);

// (a, b): at least one. `what` names one of them.
std::vector<Identifier> ParseNameList(TokenCursor& cursor, std::string_view what);

// Fails at the second of two equal names, MR1104.
void CheckDistinct(TokenCursor& cursor, const std::vector<Identifier>& names,
                   std::string_view what);

// 'text'
std::string ParseString(TokenCursor& cursor, std::string_view what, SourceSpan* span = nullptr);

}  // namespace millrace
