#include "worker/state/checkpoint_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr int64_t kStepBytes = 1 << 20;

std::string PathOf(const std::string& dir, const FileRef& ref) {
  return absl::StrCat(dir, "/", ref.path);
}

absl::Status Damaged(const std::string& dir, const FileRef& ref, const std::string& what) {
  return absl::DataLossError(
      absl::StrCat(PathOf(dir, ref), ": ", what,
                   ", so the checkpoint cannot be restored. Put the file back as it was, or start "
                   "the job from a savepoint"));
}

absl::Status CheckCrc(const std::string& dir, const FileRef& ref, uint32_t crc32c) {
  if (crc32c == ref.crc32c) return absl::OkStatus();
  return Damaged(dir, ref,
                 absl::StrCat("the ", ref.bytes, " bytes at ", ref.offset, " have checksum ",
                              absl::Hex(crc32c), ", the manifest says ", absl::Hex(ref.crc32c)));
}

// A file that is missing or too short is as damaged as one with other bytes.
absl::StatusOr<std::string> Read(FileSystem& files, const std::string& dir, const FileRef& ref,
                                 int64_t offset, int64_t bytes) {
  absl::StatusOr<std::string> read = files.ReadRange(PathOf(dir, ref), offset, bytes);
  if (absl::IsNotFound(read.status())) return Damaged(dir, ref, "the file is missing");
  if (absl::IsDataLoss(read.status())) return Damaged(dir, ref, "the file is too short");
  return read;
}

absl::StatusOr<uint32_t> CrcOf(FileSystem& files, const std::string& dir, const FileRef& ref) {
  uint32_t crc32c = 0;
  for (int64_t at = 0; at < ref.bytes; at += kStepBytes) {
    ASSIGN_OR_RETURN(const std::string step,
                     Read(files, dir, ref, ref.offset + at, std::min(kStepBytes, ref.bytes - at)));
    crc32c = Crc32c(step, crc32c);
  }
  return crc32c;
}

}  // namespace

absl::StatusOr<std::string> ReadSectionBytes(FileSystem& files, const std::string& dir,
                                             const FileRef& ref) {
  ASSIGN_OR_RETURN(std::string bytes, Read(files, dir, ref, ref.offset, ref.bytes));
  RETURN_IF_ERROR(CheckCrc(dir, ref, Crc32c(bytes)));
  return bytes;
}

absl::Status VerifyFile(FileSystem& files, const std::string& dir, const FileRef& ref) {
  const absl::StatusOr<FileInfo> info = files.Stat(PathOf(dir, ref));
  if (absl::IsNotFound(info.status())) return Damaged(dir, ref, "the file is missing");
  RETURN_IF_ERROR(info.status());
  if (info->bytes != ref.bytes) {
    return Damaged(dir, ref,
                   absl::StrCat("it has ", info->bytes, " bytes, the manifest says ", ref.bytes));
  }
  ASSIGN_OR_RETURN(const uint32_t crc32c, CrcOf(files, dir, ref));
  return CheckCrc(dir, ref, crc32c);
}

absl::StatusOr<FileRef> ReferTo(FileSystem& files, const std::string& dir, std::string path) {
  FileRef ref{.path = std::move(path)};
  ASSIGN_OR_RETURN(const FileInfo info, files.Stat(PathOf(dir, ref)));
  ref.bytes = info.bytes;
  ASSIGN_OR_RETURN(ref.crc32c, CrcOf(files, dir, ref));
  return ref;
}

}  // namespace millrace
