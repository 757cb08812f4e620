// Joins of rows of one window become one WindowJoin: what their condition says of windows and of
// equal keys is taken out of it, and what it says of one input alone goes below the join.
#pragma once

#include "absl/status/statusor.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// REQUIRES: FuseWindowAggregates, then FuseExtremes have run. Leaves no LogicalJoin; kUnimplemented
// for one whose rows are not of one window.
absl::StatusOr<LogicalPlan> FuseWindowJoins(const LogicalPlan& plan);

}  // namespace millrace
