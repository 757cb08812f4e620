// GROUP BY window_start, window_end over a window table function, or over the results of windows,
// becomes one WindowAggregate.
#pragma once

#include "absl/status/statusor.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// REQUIRES: MergeCalcs has run. kUnimplemented, naming the construct, for a window table function
// that is not aggregated by its window, or whose columns are used before the aggregation.
absl::StatusOr<LogicalPlan> FuseWindowAggregates(const LogicalPlan& plan);

}  // namespace millrace
