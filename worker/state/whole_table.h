// Everything in a table as sections of one file, for tables that change faster than a spill store
// could be kept up to date: no order, no index, one pass over the chunks as they lie in memory.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "worker/state/ram_table.h"
#include "worker/state/table_spill.h"

namespace millrace {

// Writes what `entries` holds as of its version to `path` in the checkpoint folder, durable, in
// sections that a restore can take into memory one at a time. kCancelled once `abandoned` is true,
// errors of the file system otherwise; then nothing is left of the file. May block.
absl::StatusOr<std::vector<FileRef>> WriteWhole(const AgingEntries& entries,
                                                const StateTableContext& context,
                                                const std::string& path,
                                                const std::atomic<bool>& abandoned);

}  // namespace millrace
