// The rules in their order. Each is a pure function from plan to plan in a file of its own.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// Optimizes the statements of one job, each a LogicalSink, together: a table that several of them
// read is one LogicalScan node afterwards. The result has no LogicalFilter,
// LogicalProject, LogicalJoin or LogicalRowNumber, and a LogicalAggregate only for groups without a
// window. kUnimplemented, naming the construct, for a plan that cannot be brought into that form
// yet.
absl::StatusOr<std::vector<LogicalPlan>> Optimize(std::vector<LogicalPlan> sinks);

// One statement by itself, before its scans are shared: what identifies its state, whatever else
// the job does.
absl::StatusOr<LogicalPlan> OptimizeAlone(LogicalPlan sink);

}  // namespace millrace
