// Grammar functions (token_cursor.h) for statements.
#pragma once

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// One statement, up to but not including its semicolon. REQUIRES: not at the statement's end.
Statement ParseStatement(TokenCursor& cursor);

// CREATE TABLE, behind CREATE [TEMPORARY] TABLE.
CreateTableStatement ParseCreateTable(TokenCursor& cursor, bool temporary);

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

// Fails with MR1201, naming the statement, if it is one of Flink's that is not built. Looks at the
// words from here on: CREATE FUNCTION, ALTER TABLE, DESCRIBE CATALOG, ...
void RefuseUnbuiltStatement(TokenCursor& cursor);

}  // namespace millrace
