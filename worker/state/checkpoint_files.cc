#include "worker/state/checkpoint_files.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/file_check.h"

namespace millrace {
namespace {

std::string PathOf(const std::string& dir, const FileRef& ref) {
  return absl::StrCat(dir, "/", ref.path);
}

// A file that is missing or too short is as damaged as one with other bytes.
absl::Status Named(const std::string& dir, const FileRef& ref, const absl::Status& status) {
  if (!absl::IsNotFound(status) && !absl::IsDataLoss(status)) return status;
  return absl::DataLossError(
      absl::StrCat(PathOf(dir, ref), ": ", status.message(),
                   ", so the checkpoint cannot be restored. Put the file back as it was, or start "
                   "the job from a savepoint"));
}

}  // namespace

absl::StatusOr<std::string> ReadSectionBytes(FileSystem& files, const std::string& dir,
                                             const FileRef& ref) {
  absl::StatusOr<std::string> bytes = ReadPart(files, dir, ref);
  if (!bytes.ok()) return Named(dir, ref, bytes.status());
  return bytes;
}

absl::Status VerifyFile(FileSystem& files, const std::string& dir, const FileRef& ref) {
  return Named(dir, ref, CheckWhole(files, dir, ref));
}

absl::StatusOr<FileRef> ReferTo(FileSystem& files, const std::string& dir, std::string path) {
  FileRef ref{.path = std::move(path)};
  ASSIGN_OR_RETURN(const FileInfo info, files.Stat(PathOf(dir, ref)));
  ref.bytes = info.bytes;
  ASSIGN_OR_RETURN(ref.crc32c, CrcOfPart(files, dir, ref));
  return ref;
}

}  // namespace millrace
