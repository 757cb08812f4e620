// What the checkpoint core asks its driver to do. Plain data.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/manifest_ref.h"

namespace millrace {

// Make durable that every epoch up to `last` may have been used; then OnEpochsReserved.
struct ReserveEpochs {
  Epoch last;
};

// Tell every worker of the execution.
struct TriggerEpoch {
  Epoch epoch;
  bool final = false;
};
struct AbortEpoch {
  Epoch epoch;
};
struct SendDurable {
  Epoch epoch;
};

// Write the manifest, read it back, verify it; then OnManifestStored.
struct StoreManifest {
  Epoch epoch;
  Epoch parent;
  std::vector<TaskSnapshot> tasks;  // In the order of task ids.
};

// Make the retained manifests of the job `retained`, if they are still what they were; then
// OnCommitted.
struct CommitManifest {
  Epoch epoch;
  std::vector<ManifestRef> retained;  // Oldest first; the last is the new latest.
};

// Delete what may go (common/checkpoint/gc_decision.h). Nobody waits for it.
struct CollectGarbage {
  std::set<std::string> retained;
  std::set<std::string> let_go;
  Epoch latest;
};

// News for people and metrics.
struct CheckpointCompleted {
  ManifestRef ref;
  int64_t state_bytes = 0;
  absl::Duration duration;
};
struct CheckpointFailed {
  Epoch epoch;  // 0: it did not even begin.
  std::string reason;
};

// News for the job: its last checkpoint is complete, or cannot be.
struct FinalCheckpointCompleted {
  Epoch epoch;
};
struct FinalCheckpointFailed {
  std::string reason;
};

using CheckpointAction =
    std::variant<ReserveEpochs, TriggerEpoch, AbortEpoch, SendDurable, StoreManifest,
                 CommitManifest, CollectGarbage, CheckpointCompleted, CheckpointFailed,
                 FinalCheckpointCompleted, FinalCheckpointFailed>;

}  // namespace millrace
