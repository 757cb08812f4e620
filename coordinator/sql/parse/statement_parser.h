// Grammar functions (token_cursor.h) for statements.
#pragma once

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// One statement, up to but not including its semicolon. REQUIRES: not at the statement's end.
Statement ParseStatement(TokenCursor& cursor);

// What stood between CREATE and the kind of thing.
struct CreateModifiers {
  bool or_replace = false;
  bool temporary = false;
  uint32_t begin = 0;  // Of CREATE.
};

// CREATE TABLE, behind CREATE [OR REPLACE] [TEMPORARY] TABLE.
CreateTableStatement ParseCreateTable(TokenCursor& cursor, CreateModifiers modifiers);

// CREATE FUNCTION, behind CREATE [TEMPORARY] and before [SYSTEM] FUNCTION.
CreateFunctionStatement ParseCreateFunction(TokenCursor& cursor, CreateModifiers modifiers);

// INSERT INTO ..., or STATEMENT SET BEGIN ... END.
Statement ParseInsertOrStatementSet(TokenCursor& cursor);

// SHOW, DESCRIBE, USE, SET and RESET, behind the first word.
ShowStatement ParseShow(TokenCursor& cursor);
DescribeStatement ParseDescribe(TokenCursor& cursor);
UseStatement ParseUse(TokenCursor& cursor);
SetStatement ParseSet(TokenCursor& cursor);
ResetStatement ParseReset(TokenCursor& cursor);

// IF NOT EXISTS, IF EXISTS
bool ParseIfNotExists(TokenCursor& cursor);
bool ParseIfExists(TokenCursor& cursor);

// COMMENT 'text', if it stands there.
std::optional<std::string> ParseComment(TokenCursor& cursor);

// Whether a statement of Flink's client, or of a newer Flink, begins here that is not read; the
// other fails then, with MR1201, naming it.
bool AtUnbuiltStatement(const TokenCursor& cursor);
void RefuseUnbuiltStatement(TokenCursor& cursor);

}  // namespace millrace
