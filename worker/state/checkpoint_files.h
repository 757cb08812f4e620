// Files of a checkpoint that keyed state reads back. What is not as the manifest says is kDataLoss
// naming the file, never used.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "common/io/file_system.h"

namespace millrace {

// The bytes of a section, verified. `dir` is the job's checkpoint folder.
absl::StatusOr<std::string> ReadSectionBytes(FileSystem& files, const std::string& dir,
                                             const FileRef& ref);

// OK if the file is as `ref`, which covers all of it, says. Reads it in steps.
absl::Status VerifyFile(FileSystem& files, const std::string& dir, const FileRef& ref);

// A reference to all of a file that has been written.
absl::StatusOr<FileRef> ReferTo(FileSystem& files, const std::string& dir, std::string path);

}  // namespace millrace
