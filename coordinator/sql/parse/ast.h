// The tree that the parser makes of a script, in three parts: expressions, queries, statements.
#pragma once

#include "coordinator/sql/parse/expression_ast.h"  // IWYU pragma: export
#include "coordinator/sql/parse/query_ast.h"       // IWYU pragma: export
#include "coordinator/sql/parse/source_span.h"     // IWYU pragma: export
#include "coordinator/sql/parse/statement_ast.h"   // IWYU pragma: export
