// A part of a file that one task reads: the lines that begin in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/expr/java_regex.h"
#include "common/io/file_system.h"

namespace millrace {

struct FileRange {
  std::string path;
  int64_t begin = 0;       // Of the first line; after alignment.
  int64_t end = 0;         // Lines that begin here or behind it belong to the next range.
  int64_t file_bytes = 0;  // Of the whole file. One that changes while it is read is an error.
  int64_t position = 0;    // Behind the lines that were given out.

  bool finished() const { return position >= end; }
  friend bool operator==(const FileRange&, const FileRange&) = default;
};

// Which files of a folder are read, and how.
struct FileChoice {
  std::string path;                    // A file or a folder.
  bool splits_files = true;            // A large file is read by several tasks.
  const JavaRegex* pattern = nullptr;  // Whole paths match it; null: all are read.
};

struct RangePlace {
  int32_t task_index = 0;
  int32_t parallelism = 1;
};

// The ranges of task `place` in `choice.path`, a file or a folder, read with its sub-folders; names
// that begin with '.' or '_' are skipped. In the order of names, not aligned to lines yet.
//
// A large file has one range for each task, others go whole to one of them. Who owns what follows
// from the file's own path and size only, so that tasks which list a folder at different moments
// never disagree about a file that both see. kNotFound if there is nothing at `path`.
absl::StatusOr<std::vector<FileRange>> FindRanges(FileSystem& files, const FileChoice& choice,
                                                  const RangePlace& place);

// Moves the beginning of a range that starts inside a file to the next beginning of a line. Reads.
absl::Status AlignToLine(FileSystem& files, FileRange& range);

// The ranges with their positions as state.
std::string EncodeRanges(const std::vector<FileRange>& ranges);

// The ranges that a task of a restored job goes on with, from what all former tasks wrote.
// kDataLoss for bytes that EncodeRanges cannot have written.
absl::StatusOr<std::vector<FileRange>> RestoredRanges(
    const std::vector<std::string>& values_of_tasks, const RangePlace& place);

}  // namespace millrace
