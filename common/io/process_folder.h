// The folders that a process is configured with: made, checked and claimed before anything else is
// done, so that a wrong setting, missing rights or a second process is one clear error.
//
// Errors are for the operator: they name the setting, the folder, the user id and the remedy.
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/io/file_system.h"

namespace millrace {

struct FolderSetting {
  std::string key;   // "worker.data_dir"
  std::string path;  // As configured, maybe relative to the process's working folder.
};

// The folder as an absolute path: made if it was not there, and shown to be writable.
absl::StatusOr<std::string> PrepareFolder(FileSystem& files, const FolderSetting& folder);

// What another process of this machine has not claimed; it is free again when the object or the
// process has gone, in whatever way. `owner` is what others are told, "worker a".
class FolderClaim {
 public:
  virtual ~FolderClaim() = default;
  // kFailedPrecondition, naming who has it, if it is taken.
  static absl::StatusOr<std::unique_ptr<FolderClaim>> Take(const FolderSetting& folder,
                                                           const std::string& owner);
};

// A folder that processes of several machines are to share carries a random id, by which each finds
// out whether the others' path means the same folder.
//
// The id, made from `fresh` if there is none yet. `folder` is absolute and writable.
absl::StatusOr<std::string> OpenSharedFolder(FileSystem& files, const std::string& folder,
                                             uint64_t fresh);
// The id as this process sees it, once it has shown that it can write there.
absl::StatusOr<std::string> CheckSharedFolder(FileSystem& files, const std::string& folder);

}  // namespace millrace
