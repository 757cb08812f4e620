// What a coordinator's metadata store says of a job's checkpoints, for tools that look at files
// while no coordinator runs, or beside one. Changes nothing.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest_ref.h"

namespace millrace {

// The retained manifests of `job`, oldest first. kNotFound if `data_dir` (coordinator.data_dir)
// holds no store, or one that does not know the job. Blocks.
absl::StatusOr<std::vector<ManifestRef>> ReadRetainedManifests(const std::string& data_dir,
                                                               const JobId& job);

}  // namespace millrace
