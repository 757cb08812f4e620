// What the options of a table say to the planner, as opposed to its connector. Pure.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/plan/table.h"
#include "coordinator/catalog/table_definition.h"

namespace millrace {

// 'scan.watermark.idle-timeout'; 0, also when it is not set: a split is never idle.
// kInvalidArgument names table, option and value.
absl::StatusOr<int64_t> IdleTimeoutMs(const TableDefinition& table, const TableOptions& options);

}  // namespace millrace
