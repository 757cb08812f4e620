// Columns that nobody reads are not computed: projections and aggregate calls without a reader go.
#pragma once

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// REQUIRES: MergeCalcs and FuseWindowAggregates have run; `sink` is a LogicalSink. Leaves a Calc
// directly above every scan, which says what is read of it (scan_pruning.h).
LogicalPlan PruneColumns(const LogicalPlan& sink);

}  // namespace millrace
