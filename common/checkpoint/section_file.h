// A file of a checkpoint that holds one section after another, durable with one fsync
// (proto/CHECKPOINT.md, "Delta file").
//
// Made with the first byte: an epoch in which nothing changed costs no file. Not committed: nothing
// is left of it. Not thread-safe. Errors are those of the file system, which name the path.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/checkpoint/manifest.h"
#include "common/io/file_system.h"

namespace millrace {

// What takes sections. Not thread-safe.
class SectionWriter {
 public:
  virtual ~SectionWriter() = default;

  virtual absl::Status Append(std::string_view bytes) = 0;

  // Everything appended since the section before. Durable once the whole file is.
  virtual FileRef EndSection() = 0;
};

class SectionFile final : public SectionWriter {
 public:
  // `path` is relative to `checkpoint_dir`, the job's folder.
  SectionFile(FileSystem& files, std::string checkpoint_dir, std::string path);

  absl::Status Append(std::string_view bytes) override;
  FileRef EndSection() override;

  absl::Status Commit();

 private:
  absl::Status Create();

  FileSystem& files_;
  const std::string checkpoint_dir_;
  FileRef section_;  // The one being written.
  std::unique_ptr<WritableFile> file_;
};

}  // namespace millrace
