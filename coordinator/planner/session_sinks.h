// Bound sinks as the session means them: what the binder does not know, its settings say.
#pragma once

#include <vector>

#include "coordinator/planner/job_graph_builder.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// `sinks` in the session's time zone. Rows of a bare SELECT are shown in local time, unless they
// are printed as JSON, whose times say their zone. Pure.
std::vector<LogicalPlan> InSession(std::vector<LogicalPlan> sinks, const JobGraphOptions& options);

}  // namespace millrace
