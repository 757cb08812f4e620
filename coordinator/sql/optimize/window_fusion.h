// GROUP BY window_start, window_end over a window table function, or over the results of windows,
// becomes one WindowAggregate.
#pragma once

#include "absl/status/statusor.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// REQUIRES: MergeCalcs has run. TUMBLE, HOP and CUMULATE of event time that are not aggregated by
// their window, or whose columns are used before, stay as they are. kUnimplemented, naming the
// construct, for other windows of that sort.
absl::StatusOr<LogicalPlan> FuseWindowAggregates(const LogicalPlan& plan);

}  // namespace millrace
