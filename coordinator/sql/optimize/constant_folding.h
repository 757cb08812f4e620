// Computes at plan time what does not depend on a row.
#pragma once

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// Calls of literals become literals; AND and OR lose operands that decide nothing. What fails to
// compute (1 / 0) stays, so that it fails where and when SQL says.
ExpressionPtr FoldConstants(const ExpressionPtr& expression);

// The same for every expression of a plan; filters that keep every row go away.
LogicalPlan FoldConstants(const LogicalPlan& plan);

}  // namespace millrace
