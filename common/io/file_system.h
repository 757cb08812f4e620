// Files as the checkpoint store and the state need them: whole files that are durable when a call
// returns.
//
// Paths are absolute. Thread-safe. Errors name the path, what was tried and the system's reason
// (kNotFound, kAlreadyExists, kResourceExhausted for a full disk, kPermissionDenied,
// kInvalidArgument for a name that is too long, kUnavailable otherwise).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace millrace {

struct FileInfo {
  std::string name;  // Without its folder.
  int64_t bytes = 0;
  bool is_directory = false;
  int64_t modified_unix_ms = 0;
};

// A file being written. Not thread-safe. Destroyed before Commit: nothing is left of it.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual absl::Status Append(std::string_view bytes) = 0;
  virtual int64_t bytes_written() const = 0;
  // Makes it durable under its name: fsync, rename, fsync of the folder. Once; no Append after it.
  virtual absl::Status Commit() = 0;
  // The same under another name of the same folder: for a file whose name is not known before its
  // content is.
  virtual absl::Status CommitAs(std::string path) = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // A new file that appears under `path` at Commit, replacing one that is there.
  virtual absl::StatusOr<std::unique_ptr<WritableFile>> NewFile(std::string path) = 0;

  virtual absl::StatusOr<std::string> Read(const std::string& path) = 0;
  // `bytes` bytes from `offset`; kDataLoss if the file is shorter.
  virtual absl::StatusOr<std::string> ReadRange(const std::string& path, int64_t offset,
                                                int64_t bytes) = 0;

  // A second name for a file of the same file system, durable; kAlreadyExists if `to` exists.
  // Copies where links cannot be.
  virtual absl::Status Link(const std::string& from, const std::string& to) = 0;

  virtual absl::StatusOr<std::vector<FileInfo>> List(
      const std::string& directory) = 0;  // Sorted by name.
  virtual absl::StatusOr<FileInfo> Stat(const std::string& path) = 0;
  virtual absl::Status CreateDirectories(const std::string& path) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;      // OK if it is not there.
  virtual absl::Status RemoveTree(const std::string& path) = 0;  // OK if it is not there.
  virtual absl::StatusOr<int64_t> FreeBytes(const std::string& path) = 0;
};

// The machine's files. Lives for ever.
FileSystem& PosixFileSystem();

// PosixFileSystem writes a new file under another name, which stays if the process is killed. The
// path that such a file was to have; nothing for any other name. Pure.
std::optional<std::string> TargetOfTemporary(std::string_view path);

// Writes `bytes` as one durable file.
absl::Status WriteFile(FileSystem& files, std::string path, std::string_view bytes);

}  // namespace millrace
