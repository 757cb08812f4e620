// Sources read only what is needed, and only once.
#pragma once

#include <vector>

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// Narrows every scan to the columns, and the fields of ROW columns, that its readers and its
// watermark use. Scans of one table with equal options, in all of `sinks`, become one node that
// gives the union of their needs. REQUIRES: PruneColumns has run, so that a Calc reads every scan.
std::vector<LogicalPlan> PruneScans(const std::vector<LogicalPlan>& sinks);

}  // namespace millrace
