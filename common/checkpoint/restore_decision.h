// Which checkpoint a job starts from. Pure: the caller has read the manifests, this decides.
//
// The newest committed one, always. A damaged newest one may be passed over for its predecessor
// only if the job's output does not remember more than the predecessor knows; else the job must
// stop and a person decide: going back silently would write the epochs in between once more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/manifest_ref.h"

namespace millrace {

struct RestoreCandidate {
  ManifestRef ref;
  absl::Status read;  // What came of reading, verifying and decoding it.
};

struct RestoreChoice {
  std::optional<size_t>
      candidate;        // Index; empty: the job starts from nothing, it has no checkpoint.
  std::string warning;  // Not empty: newer ones were passed over, for these reasons.
};

// `candidates`: the retained ones, newest first. kDataLoss naming every damaged file if none may be
// used.
absl::StatusOr<RestoreChoice> ChooseRestore(const std::vector<RestoreCandidate>& candidates,
                                            bool may_fall_back);

// Whether a job may go back to an older checkpoint than its latest: no sink has published the
// epochs in between exactly once (a marker in Kafka, part files with their visible names).
bool MayFallBack(const JobGraph& graph);

// Whether `manifest` can start `graph`: format, number of key groups, one snapshot per task, no key
// group twice. kFailedPrecondition or kDataLoss say which rule is broken and what to do.
absl::Status CheckRestorable(const Manifest& manifest, const JobGraph& graph);

}  // namespace millrace
