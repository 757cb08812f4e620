// Optimized logical plans -> JobGraph: chains, edges, parallelism, state ids.
//
// Operators chain until rows must move: a hash edge leads to every aggregation and, unless all rows
// of a key are in one task already, to a sink that writes by its primary key; a node that several
// others read ends its chain. Pure: the same plans give the same graph.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/columnar/time_zone.h"
#include "common/plan/job_graph.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

struct JobGraphOptions {
  std::string name;
  int parallelism = 1;
  std::string result_format;  // 'collect.format' of bare SELECTs; empty: the connector's default.
  int64_t state_ttl_ms = 0;   // 0: state is kept for ever.
  TimeZone time_zone;         // The session's: of local times.
  JobOptions job;
};

// `sinks` are what Optimize gave. kInvalidArgument for options that the cluster cannot run, e.g. a
// parallelism above the maximum, and the errors of Changelogs::Infer.
absl::StatusOr<JobGraph> BuildJobGraph(const std::vector<LogicalPlan>& sinks,
                                       const JobGraphOptions& options);

}  // namespace millrace
