// How the one memory number of a worker is divided. Pure.
//
// The parts are bounds that their owners keep: keyed state evicts, channels withhold credit, the
// Kafka client stops fetching. What is left is for the process itself and for batches on their way.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

namespace millrace {

struct MemoryPlan {
  int64_t state_bytes = 0;              // Keyed state of all tasks, RocksDB's caches included.
  int64_t exchange_floating_bytes = 0;  // Credit beyond what each channel owns.
  int64_t window_bytes_max = 0;         // What one channel may hold.
};

// kInvalidArgument, naming the setting, for a budget below 128 MiB.
absl::StatusOr<MemoryPlan> PlanMemory(int64_t memory_bytes);

}  // namespace millrace
