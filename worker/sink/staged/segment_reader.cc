#include "worker/sink/staged/segment_reader.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr int64_t kStepBytes = 1 << 20;

// Whatever is wrong with the file itself means the same: rows that were promised are not there.
absl::Status Damaged(const std::string& path, std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("staged output in ", path, " is damaged: ", std::string(what),
                   ". Put the file back as it was, or start the job from another checkpoint"));
}

absl::Status OfFile(const absl::Status& status, const std::string& path) {
  if (absl::IsNotFound(status)) return Damaged(path, "the file is missing");
  if (absl::IsDataLoss(status)) {
    return Damaged(path, std::string_view(status.message().data(), status.message().size()));
  }
  return status;
}

absl::Status CheckSize(FileSystem& files, const std::string& path, const FileRef& ref) {
  const absl::StatusOr<FileInfo> info = files.Stat(path);
  RETURN_IF_ERROR(OfFile(info.status(), path));
  if (ref.offset == 0 && info->bytes == ref.bytes) return absl::OkStatus();
  return Damaged(path, absl::StrCat("it has ", info->bytes, " bytes, the manifest speaks of ",
                                    ref.bytes, " at ", ref.offset));
}

}  // namespace

absl::StatusOr<SegmentFooter> ReadSegment(
    FileSystem& files, const std::string& checkpoint_folder, const SegmentRef& ref,
    std::string_view slot, std::string_view target,
    const std::function<absl::Status(const StagedRecord&)>& take) {
  const std::string path = absl::StrCat(checkpoint_folder, "/", ref.file.path);
  RETURN_IF_ERROR(CheckSize(files, path, ref.file));
  SegmentDecoder decoder(slot, target);
  uint32_t crc32c = 0;
  for (int64_t at = 0; at < ref.file.bytes; at += kStepBytes) {
    const absl::StatusOr<std::string> step =
        files.ReadRange(path, at, std::min(kStepBytes, ref.file.bytes - at));
    RETURN_IF_ERROR(OfFile(step.status(), path));
    crc32c = Crc32c(*step, crc32c);
    decoder.Feed(*step);
    while (true) {
      const absl::StatusOr<std::vector<StagedRecord>> records = decoder.Next();
      RETURN_IF_ERROR(OfFile(records.status(), path));
      if (records->empty()) break;
      for (const StagedRecord& record : *records) RETURN_IF_ERROR(take(record));
    }
  }
  absl::StatusOr<SegmentFooter> footer = decoder.Finish();
  RETURN_IF_ERROR(OfFile(footer.status(), path));
  if (crc32c != ref.file.crc32c) {
    return Damaged(path, absl::StrCat("its checksum is ", absl::Hex(crc32c), ", the manifest says ",
                                      absl::Hex(ref.file.crc32c)));
  }
  if (footer->epoch != ref.epoch || footer->records != ref.records) {
    return Damaged(path, absl::StrCat("it holds ", footer->records, " records of epoch ",
                                      footer->epoch.value(), ", the manifest speaks of ",
                                      ref.records, " of epoch ", ref.epoch.value()));
  }
  return footer;
}

}  // namespace millrace
