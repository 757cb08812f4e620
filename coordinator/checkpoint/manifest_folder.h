// The manifests of one job as files: writing with read-back, choosing and reading at a restore, and
// deleting what may go.
//
// Blocks; thread-safe as far as the file system is. The folder is the job's checkpoint folder
// (common/checkpoint/paths.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/checkpoint/gc_decision.h"
#include "common/io/file_system.h"
#include "coordinator/checkpoint/checkpoint_core.h"
#include "coordinator/checkpoint/checkpoint_record.h"

namespace millrace {

struct RestorePoint {
  std::optional<Manifest> manifest;        // Empty: the job has no checkpoint.
  std::vector<RetainedManifest> retained;  // Oldest first, up to the one restored.
  std::string warning;                     // Not empty: newer ones were passed over.
};

struct GarbageCollected {
  int64_t deleted = 0;
  int64_t failed = 0;  // They stay for the next time.
};

class ManifestFolder {
 public:
  ManifestFolder(FileSystem& files, const CheckpointCodec& codec, std::string folder)
      : files_(files), codec_(codec), folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }

  // Writes the manifest under a name of its own and reads it back.
  absl::StatusOr<StoredManifest> Write(const Manifest& manifest);

  // kNotFound, or kDataLoss naming the file, if it is not what was written.
  absl::StatusOr<Manifest> Read(const ManifestRef& ref);

  // What `graph` starts from, given what the metadata store retains (oldest first).
  absl::StatusOr<RestorePoint> Load(const std::vector<ManifestRef>& retained,
                                    const JobGraph& graph);

  // Completes `input` with a listing and deletes what may go.
  absl::StatusOr<GarbageCollected> Collect(GcInput input);

  // Deletes the folder. OK if it is not there.
  absl::Status RemoveAll() { return files_.RemoveTree(folder_); }

 private:
  std::string Path(const std::string& relative) const { return folder_ + "/" + relative; }

  FileSystem& files_;
  const CheckpointCodec& codec_;
  const std::string folder_;
};

}  // namespace millrace
