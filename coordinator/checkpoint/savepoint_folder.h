// Savepoints as folders of files:
//
//   <dir>/<job>-<epoch>/manifests/<one>.manifest   its commit point: written last
//                       state/...                  hard links, or copies, of the checkpoint's files
//
// A folder without a manifest is no savepoint, only what is left of making one. Blocks; thread-safe
// as far as the file system is.
#pragma once

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "common/io/file_system.h"
#include "coordinator/checkpoint/checkpoint_core.h"
#include "coordinator/checkpoint/checkpoint_record.h"

namespace millrace {

// Where savepoints may be: a request comes over the network, and must not lead to any other place.
struct SavepointPlaces {
  std::string checkpoint_dir;  // Absolute, as is the other one.
  std::string savepoint_dir;
};

// The absolute path that a user means; relative ones count from savepoint_dir. kInvalidArgument,
// naming the places and the setting, for a path that is in neither.
absl::StatusOr<std::string> ResolveSavepoint(const SavepointPlaces& places,
                                             const std::string& given);
// The same for a folder in which one is to be made: savepoint_dir, if none is given, or one in it.
// In a folder of checkpoints it could be deleted with those.
absl::StatusOr<std::string> ResolveSavepointTarget(const SavepointPlaces& places,
                                                   const std::string& given);

// "<dir>/<job>-<epoch>"
std::string SavepointFolder(const std::string& dir, const JobId& job, Epoch epoch);

// `checkpoint` as a savepoint. REQUIRES: all of its output is published.
Manifest ToSavepoint(Manifest checkpoint);

// Gives the files that `savepoint` names a second name in `to`; those that are there stay.
absl::Status LinkCheckpointFiles(FileSystem& files, const std::string& from,
                                 const Manifest& savepoint, const std::string& to);

// Writes the manifest and reads it back: from now on it is a savepoint.
absl::StatusOr<StoredManifest> CompleteSavepoint(FileSystem& files, const CheckpointCodec& codec,
                                                 const Manifest& savepoint,
                                                 const std::string& folder);

// A savepoint, or a checkpoint, as it was found.
struct Savepoint {
  std::string folder;
  Manifest manifest;
};

// `path` is a savepoint's folder, a job's checkpoint folder (its newest manifest is meant), or a
// manifest. kNotFound: it is none of them, or incomplete. kDataLoss: it is damaged, or a file that
// it names is missing or too short. Messages name the file and say what to do. The files' contents
// are read by who restores them.
absl::StatusOr<Savepoint> ReadSavepoint(FileSystem& files, const CheckpointCodec& codec,
                                        const std::string& path);

// Removes what was left of making savepoints of `jobs` in `dir`. OK if it is not there.
absl::Status RemoveIncompleteSavepoints(FileSystem& files, const std::string& dir,
                                        const std::set<JobId>& jobs);

}  // namespace millrace
