#include "common/checkpoint/section_file.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/paths.h"

namespace millrace {

SectionFile::SectionFile(FileSystem& files, std::string checkpoint_dir, std::string path)
    : files_(files),
      checkpoint_dir_(std::move(checkpoint_dir)),
      section_{.path = std::move(path)} {}

absl::Status SectionFile::Create() {
  RETURN_IF_ERROR(files_.CreateDirectories(absl::StrCat(checkpoint_dir_, "/", kStateFolder)));
  ASSIGN_OR_RETURN(file_, files_.NewFile(absl::StrCat(checkpoint_dir_, "/", section_.path)));
  return absl::OkStatus();
}

absl::Status SectionFile::Append(std::string_view bytes) {
  if (file_ == nullptr) RETURN_IF_ERROR(Create());
  RETURN_IF_ERROR(file_->Append(bytes));
  section_.bytes += static_cast<int64_t>(bytes.size());
  section_.crc32c = Crc32c(bytes, section_.crc32c);
  return absl::OkStatus();
}

FileRef SectionFile::EndSection() {
  FileRef ended = section_;
  section_ = {.path = ended.path, .offset = ended.offset + ended.bytes};
  return ended;
}

absl::Status SectionFile::Commit() { return file_ == nullptr ? absl::OkStatus() : file_->Commit(); }

}  // namespace millrace
