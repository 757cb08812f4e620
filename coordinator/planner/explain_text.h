// What EXPLAIN shows: the plan as understood, as optimized, and as it will be executed. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/planner/job_graph_builder.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// Of `sinks` as the binder made them, run as one job.
absl::StatusOr<std::string> ExplainText(const std::vector<LogicalPlan>& sinks,
                                        const JobGraphOptions& options);

// Stages, operators with their state ids and what they keep, and edges:
//
//   Stage 0, parallelism 4
//     Source: clicks  [3c95a01b7e2f4d68]
//       keeps positions and watermarks of splits
//     Calc: page, at  [...]
//   Stage 1, parallelism 4
//     <- hash(page) from stage 0
//     TUMBLE(at, 1 min) by page  [...]
//       keeps COUNT(*) by page and slice of 1 min, until its windows end
std::string JobGraphText(const JobGraph& graph);

}  // namespace millrace
