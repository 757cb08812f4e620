// Filters and projections that follow each other become one Calc: filters sink below projections,
// and a row is copied once.
#pragma once

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// No LogicalFilter or LogicalProject is left. Two Calcs stay apart only where merging them would
// change the result (a condition that may fail stays behind the filter that protects it, and a
// value that changes from call to call is computed once) or make the expressions very large.
LogicalPlan MergeCalcs(const LogicalPlan& plan);

// Drops every Calc that changes nothing: no condition, all columns in order, under their names.
LogicalPlan DropIdentityCalcs(const LogicalPlan& plan);

}  // namespace millrace
