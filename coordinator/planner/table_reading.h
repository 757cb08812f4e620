// What the options of a table say to the planner, as opposed to its connector. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/table.h"
#include "coordinator/catalog/table_definition.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// 'scan.watermark.idle-timeout'; 0, also when it is not set: a split is never idle.
// kInvalidArgument names table, option and value.
absl::StatusOr<int64_t> IdleTimeoutMs(const TableDefinition& table, const TableOptions& options);

// The partition keys, as indexes of the sink's columns, if one task is to write a whole partition:
// it has to tell when the partition is complete ('sink.partition-commit.policy.kind'), or the table
// says so ('sink.shuffle-by-partition.enable'). Else empty.
std::vector<int> PartitionsOfOneTask(const LogicalSink& sink);

}  // namespace millrace
