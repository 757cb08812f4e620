#include "common/checkpoint/file_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr int64_t kStepBytes = 1 << 20;

std::string PathOf(const std::string& dir, const FileRef& ref) {
  return absl::StrCat(dir, "/", ref.path);
}

absl::Status Missing() { return absl::NotFoundError("the file is missing"); }

absl::Status CompareCrc(const FileRef& ref, uint32_t crc32c) {
  if (crc32c == ref.crc32c) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the ", ref.bytes, " bytes at ", ref.offset,
                                          " have checksum ", absl::Hex(crc32c, absl::kZeroPad8),
                                          ", the manifest says ",
                                          absl::Hex(ref.crc32c, absl::kZeroPad8)));
}

// Before anything of that size is allocated.
absl::Status CheckLength(FileSystem& files, const std::string& dir, const FileRef& ref) {
  const absl::StatusOr<FileInfo> info = files.Stat(PathOf(dir, ref));
  if (absl::IsNotFound(info.status())) return Missing();
  RETURN_IF_ERROR(info.status());
  if (info->bytes - ref.offset >= ref.bytes) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("it has ", info->bytes, " bytes, the manifest speaks of ",
                                          ref.bytes, " at ", ref.offset));
}

}  // namespace

absl::StatusOr<std::string> ReadPart(FileSystem& files, const std::string& dir,
                                     const FileRef& ref) {
  RETURN_IF_ERROR(CheckLength(files, dir, ref));
  absl::StatusOr<std::string> bytes = files.ReadRange(PathOf(dir, ref), ref.offset, ref.bytes);
  if (absl::IsNotFound(bytes.status())) return Missing();
  RETURN_IF_ERROR(bytes.status());
  RETURN_IF_ERROR(CompareCrc(ref, Crc32c(*bytes)));
  return bytes;
}

absl::Status CheckPart(FileSystem& files, const std::string& dir, const FileRef& ref) {
  RETURN_IF_ERROR(CheckLength(files, dir, ref));
  ASSIGN_OR_RETURN(const uint32_t crc32c, CrcOfPart(files, dir, ref));
  return CompareCrc(ref, crc32c);
}

absl::Status CheckWhole(FileSystem& files, const std::string& dir, const FileRef& ref) {
  const absl::StatusOr<FileInfo> info = files.Stat(PathOf(dir, ref));
  if (absl::IsNotFound(info.status())) return Missing();
  RETURN_IF_ERROR(info.status());
  if (info->bytes != ref.bytes) {
    return absl::DataLossError(
        absl::StrCat("it has ", info->bytes, " bytes, the manifest says ", ref.bytes));
  }
  ASSIGN_OR_RETURN(const uint32_t crc32c, CrcOfPart(files, dir, ref));
  return CompareCrc(ref, crc32c);
}

absl::StatusOr<uint32_t> CrcOfPart(FileSystem& files, const std::string& dir, const FileRef& ref) {
  uint32_t crc32c = 0;
  for (int64_t at = 0; at < ref.bytes; at += kStepBytes) {
    const absl::StatusOr<std::string> step =
        files.ReadRange(PathOf(dir, ref), ref.offset + at, std::min(kStepBytes, ref.bytes - at));
    if (absl::IsNotFound(step.status())) return Missing();
    RETURN_IF_ERROR(step.status());
    crc32c = Crc32c(*step, crc32c);
  }
  return crc32c;
}

}  // namespace millrace
