// The manifests in a job's checkpoint folder, read without a coordinator, and what the metadata
// store says of them if it is at hand. Blocks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/manifest_ref.h"
#include "common/io/file_system.h"

namespace millrace {

// What a person means by PATH or JOB.
struct CheckpointPlace {
  std::string folder;        // A job's checkpoint folder.
  std::string manifest;      // Relative to it, if one manifest was meant; else empty.
  std::optional<JobId> job;  // If it was given by its id.
};

// `given` is the path of a manifest, the path of a job's checkpoint folder, or the id of a job
// whose folder is in `checkpoint_dir`. kNotFound, saying what was looked for, if it is none of
// them.
absl::StatusOr<CheckpointPlace> FindCheckpoints(FileSystem& files, const std::string& given,
                                                const std::string& checkpoint_dir);

struct ManifestFile {
  std::string path;  // Relative to the job's folder.
  Epoch epoch;       // By its name, as is the term.
  Term term;
  int64_t bytes = 0;
  // kDataLoss: it is damaged. kNotFound: only the metadata store knows of it.
  absl::StatusOr<Manifest> manifest;
  // Whether a job would start from it: the metadata store retains it. Empty: not known.
  std::optional<bool> retained;
};

// Of `place`, newest first; maybe none. kNotFound if the one that was meant is not there.
absl::StatusOr<std::vector<ManifestFile>> ReadManifests(FileSystem& files,
                                                        const CheckpointPlace& place);

// Adds what the metadata store says: which manifests are retained, what their digests must be, and
// which of them have gone.
void CompareWithStore(FileSystem& files, const std::string& folder,
                      const std::vector<ManifestRef>& retained,
                      std::vector<ManifestFile>& manifests);

}  // namespace millrace
