// Reads everything that manifests name, and says which files are not what they were when the
// manifest was written: `millrace checkpoint verify`.
//
// More than a restore does: every byte of every file, with the checksum that the manifest has of
// it, and then what the file is, by the reader of its format: the frames of sections, the lists of
// tables, each block of RocksDB's tables, the frames of segments. Changes nothing. Blocks; not
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "common/checkpoint/manifest.h"
#include "common/io/file_system.h"

namespace millrace {

struct FileFault {
  std::string path;  // Relative to the job's checkpoint folder.
  bool missing = false;
  std::string what;  // Without the path.

  friend bool operator==(const FileFault&, const FileFault&) = default;
};

class CheckpointVerifier {
 public:
  // `folder`: the job's checkpoint folder. Tables are read by RocksDB, from the machine's files
  // whatever `files` is.
  CheckpointVerifier(FileSystem& files, std::string folder);

  // One fault for each file that `manifest` names and that is not as it should be, in the order of
  // their paths. What an earlier manifest named as well is not read again.
  std::vector<FileFault> Verify(const Manifest& manifest);

  // Of all manifests so far: files that they name, and bytes in them.
  int64_t files() const { return static_cast<int64_t>(names_.size()); }
  int64_t bytes() const { return bytes_; }

 private:
  // A part of a file, and what it must be beside its checksum.
  using Part = std::tuple<std::string, int64_t, int64_t, uint32_t, std::string>;

  template <typename Check>
  void CheckOnce(const FileRef& ref, const std::string& kind, const Check& check);
  void VerifyKeyed(const std::string& state_id, const KeyedStateSnapshot& keyed);
  void VerifySegments(const Manifest& manifest, const OperatorSnapshot& sink);

  FileSystem& files_;
  const std::string folder_;
  std::map<Part, absl::Status> checked_;
  std::set<std::string> names_;
  int64_t bytes_ = 0;
  std::map<std::string, absl::Status> faults_;  // Of the manifest at hand, the first of each file.
};

}  // namespace millrace
