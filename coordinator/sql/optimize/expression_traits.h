// What a rule must know of an expression before it moves or computes it. Pure.
#pragma once

#include "common/expr/expression.h"

namespace millrace {

// The same arguments always give the same value: no clock, no dice.
bool IsDeterministic(const ExpressionPtr& expression);

// A row can make it fail: a division, or a CAST that not every value survives. Such an expression
// must not be moved to where it meets rows that a filter has kept away from it.
bool MayFail(const ExpressionPtr& expression);

}  // namespace millrace
