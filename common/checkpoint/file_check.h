// Whether a file of a checkpoint is what the manifest says of it. Reads in steps, blocks,
// thread-safe.
//
// kNotFound: the file is missing. kDataLoss: it is shorter or longer, or other bytes are in it.
// Messages begin with neither path nor remedy: callers know for whom they are. Any other error is
// that of the file system.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "common/io/file_system.h"

namespace millrace {

// The bytes of a section, as they were written. `dir` is the job's checkpoint folder.
absl::StatusOr<std::string> ReadPart(FileSystem& files, const std::string& dir, const FileRef& ref);

// OK if the section is as it was written.
absl::Status CheckPart(FileSystem& files, const std::string& dir, const FileRef& ref);

// OK if the file is as `ref`, which covers all of it, says.
absl::Status CheckWhole(FileSystem& files, const std::string& dir, const FileRef& ref);

// The CRC32C of the section as it is now.
absl::StatusOr<uint32_t> CrcOfPart(FileSystem& files, const std::string& dir, const FileRef& ref);

}  // namespace millrace
