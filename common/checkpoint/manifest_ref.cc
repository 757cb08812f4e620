#include "common/checkpoint/manifest_ref.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"

namespace millrace {
namespace {

template <typename Visit>
void ForEachFile(const Manifest& manifest, const Visit& visit) {
  for (const TaskSnapshot& task : manifest.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      for (const KeyedStateSnapshot& keyed : snapshot.keyed) {
        for (const FileRef& file : keyed.snapshot) visit(file);
        for (const FileRef& file : keyed.deltas) visit(file);
      }
      for (const SegmentRef& segment : snapshot.segments) visit(segment.file);
    }
  }
}

}  // namespace

ManifestRef MakeManifestRef(const Manifest& manifest, std::string path, std::string_view bytes) {
  return {.epoch = manifest.epoch,
          .term = manifest.term,
          .path = std::move(path),
          .bytes = static_cast<int64_t>(bytes.size()),
          .crc32c = Crc32c(bytes),
          .parent = manifest.parent};
}

absl::Status CheckDigest(const ManifestRef& ref, std::string_view bytes) {
  if (static_cast<int64_t>(bytes.size()) != ref.bytes) {
    return absl::DataLossError(absl::StrCat("manifest ", ref.path, " has ", bytes.size(),
                                            " bytes, ", ref.bytes, " were written"));
  }
  if (Crc32c(bytes) != ref.crc32c) {
    return absl::DataLossError(
        absl::StrCat("manifest ", ref.path, " is damaged: its checksum does not match"));
  }
  return absl::OkStatus();
}

std::set<std::string> FilesOf(const Manifest& manifest) {
  std::set<std::string> files;
  ForEachFile(manifest, [&files](const FileRef& file) { files.insert(file.path); });
  return files;
}

std::vector<FileRef> FileRefsOf(const Manifest& manifest) {
  std::vector<FileRef> refs;
  ForEachFile(manifest, [&refs](const FileRef& file) { refs.push_back(file); });
  return refs;
}

int64_t BytesOf(const Manifest& manifest) {
  int64_t bytes = 0;
  ForEachFile(manifest, [&bytes](const FileRef& file) { bytes += file.bytes; });
  return bytes;
}

}  // namespace millrace
