// The delta file of a worker and epoch: one section after another, durable with one fsync
// (proto/CHECKPOINT.md, "Delta file").
//
// Made with the first byte: an epoch in which nothing changed costs no file. Not committed: nothing
// is left of it. Not thread-safe. Errors are those of the file system, which name the path.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/io/file_system.h"
#include "worker/contract/frozen_state.h"

namespace millrace {

class DeltaFile final : public SectionWriter {
 public:
  // `path` is relative to `checkpoint_dir`, the job's folder.
  DeltaFile(FileSystem& files, std::string checkpoint_dir, std::string path);

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
