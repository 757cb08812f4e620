// GROUPING SETS of windows: the expansion goes below the window table function, so that the
// aggregation is right above the windows and they share slices (window_fusion.h).
#pragma once

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// Expand over a calculation over a WindowTvf becomes a calculation over the WindowTvf over the
// Expand, unless a key that is to become NULL is computed of the window. REQUIRES: MergeCalcs.
LogicalPlan PushExpandsBelowWindows(const LogicalPlan& plan);

}  // namespace millrace
