// Which parts of the columns of a scan are read: whole columns, or fields of ROW columns at any
// depth. Pure.
#pragma once

#include <map>
#include <vector>

#include "common/columnar/schema.h"
#include "common/expr/expression.h"

namespace millrace {

// The use of a column, or of a ROW's field.
struct FieldUse {
  bool whole = false;
  std::map<int, FieldUse> fields;  // Of a ROW that is not used whole.
};

// The use of a schema's columns, by index.
using ColumnUse = std::map<int, FieldUse>;

// Adds what `expression` reads.
void CollectUse(const ExpressionPtr& expression, ColumnUse& use);

// The columns and fields that are used, in their order; types keep their nullability.
Schema PruneSchema(const Schema& schema, const ColumnUse& use);

// `expression` over PruneSchema(schema, use). REQUIRES: `use` has its use.
ExpressionPtr RewriteToUse(const ExpressionPtr& expression, const Schema& pruned,
                           const ColumnUse& use);

}  // namespace millrace
