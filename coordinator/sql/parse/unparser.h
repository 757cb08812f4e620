// A tree back to SQL text, on one line: for SHOW CREATE VIEW, plans and tests.
//
// Parsing the text gives the same tree again (spans apart). Keywords are in upper case, identifiers
// are in back-quotes where they must be, parentheses stand where they must stand.
#pragma once

#include <string>

#include "coordinator/sql/parse/ast.h"

namespace millrace {

struct UnparseOptions {
  bool all_parentheses = false;  // Around every operator: shows how a text was understood.
};

std::string Unparse(const SqlExpression& expression, UnparseOptions options = {});
std::string Unparse(const QueryExpression& query, UnparseOptions options = {});
std::string Unparse(const Statement& statement, UnparseOptions options = {});

// `name`, in back-quotes if it is a reserved word or not a plain word.
std::string QuoteIdentifier(const std::string& name);

}  // namespace millrace
