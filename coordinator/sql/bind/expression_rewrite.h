// Rewrites of expression trees: what binder and rules do to move expressions between operators.
// Pure.
#pragma once

#include <set>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/expr/expression.h"

namespace millrace {

// `expression` with every column reference replaced by what `replacement` gives for it. Parts that
// do not change are shared.
ExpressionPtr ReplaceColumns(
    const ExpressionPtr& expression,
    absl::FunctionRef<ExpressionPtr(const ExpressionPtr& column)> replacement);

// Column i becomes expressions[i].
ExpressionPtr Inline(const ExpressionPtr& expression,
                     const std::vector<ExpressionPtr>& expressions);

// Column i becomes column new_index[i]. REQUIRES: that is not negative for the columns in use.
ExpressionPtr RemapColumns(const ExpressionPtr& expression, const std::vector<int>& new_index);

// Adds the indexes of the columns that `expression` refers to.
void CollectColumns(const ExpressionPtr& expression, std::set<int>& columns);

// References to all columns of `schema`, in order.
std::vector<ExpressionPtr> ColumnReferences(const Schema& schema);

// The names of all columns of `schema`.
std::vector<std::string> ColumnNames(const Schema& schema);

bool IsLiteral(const ExpressionPtr& expression);
bool IsNullLiteral(const ExpressionPtr& expression);
// A BOOLEAN literal of that value.
bool IsBool(const ExpressionPtr& expression, bool value);

// The operands of nested ANDs, left to right; `expression` itself if it is none.
std::vector<ExpressionPtr> Conjuncts(const ExpressionPtr& expression);

// Both must hold. Either may be a null pointer, which always holds.
ExpressionPtr Conjunction(ExpressionPtr first, ExpressionPtr second);

// Nodes of the tree, counted no further than `limit`. Shared parts count at every place.
size_t CountNodes(const ExpressionPtr& expression, size_t limit);

// Whether it gives another value each time it is computed, as RAND() and UUID() do.
bool IsChanging(const ExpressionPtr& expression);

// Equal trees: same functions, types, columns and literals.
bool SameExpression(const ExpressionPtr& a, const ExpressionPtr& b);

}  // namespace millrace
