// What a set of expressions reads of its input: whole columns, or single fields of ROW columns.
// Pure.
//
// A filter costs by the column: of an event with three ROWs of which a query reads two fields, two
// columns are to be filtered and not three ROWs.
#pragma once

#include <vector>

#include "common/columnar/schema.h"
#include "common/expr/expression.h"

namespace millrace {

struct LeafColumns {
  // The distinct leaves, each a column or a field of one: evaluated over the input, they are the
  // columns that `rewritten` reads.
  std::vector<ExpressionPtr> leaves;
  Schema schema;
  std::vector<ExpressionPtr> rewritten;
};

// REQUIRES: the expressions fit `input`.
LeafColumns SplitLeaves(const std::vector<ExpressionPtr>& expressions, const Schema& input);

}  // namespace millrace
