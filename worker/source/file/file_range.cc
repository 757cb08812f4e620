#include "worker/source/file/file_range.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr int64_t kLargeFileBytes = 16 * 1024 * 1024;
constexpr int64_t kAlignBytes = 64 * 1024;

bool Hidden(const std::string& name) { return name.starts_with('.') || name.starts_with('_'); }

absl::Status ListFiles(FileSystem& files, const std::string& folder,
                       std::vector<FileRange>& found) {
  ASSIGN_OR_RETURN(const std::vector<FileInfo> infos, files.List(folder));
  for (const FileInfo& info : infos) {
    if (Hidden(info.name)) continue;
    const std::string path = absl::StrCat(folder, "/", info.name);
    if (path.find('\n') != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("the name of file '", path, "' has a line feed in it: rename the file"));
    }
    if (info.is_directory) {
      RETURN_IF_ERROR(ListFiles(files, path, found));
    } else {
      found.push_back({.path = path, .end = info.bytes, .file_bytes = info.bytes});
    }
  }
  return absl::OkStatus();
}

// What of `file` belongs to the task; an empty range if nothing does.
FileRange PartOf(const FileRange& file, bool splits_files, const RangePlace& place) {
  const auto tasks = static_cast<uint64_t>(place.parallelism);
  const uint64_t first_owner = HashKey(file.path) % tasks;
  const int64_t part =
      static_cast<int64_t>((static_cast<uint64_t>(place.task_index) + tasks - first_owner) % tasks);
  FileRange range = file;
  if (!splits_files || file.file_bytes < kLargeFileBytes) {
    if (part != 0) range.end = 0;
    return range;
  }
  // Contiguous parts: each task reads on in the order in which the file was written.
  const int64_t bytes = file.file_bytes / place.parallelism;
  range.begin = part * bytes;
  if (part + 1 < place.parallelism) range.end = range.begin + bytes;
  range.position = range.begin;
  return range;
}

}  // namespace

absl::StatusOr<std::vector<FileRange>> FindRanges(FileSystem& files, const FileChoice& choice,
                                                  const RangePlace& place) {
  const std::string& path = choice.path;
  std::vector<FileRange> found;
  const absl::StatusOr<FileInfo> info = files.Stat(path);
  if (info.ok() && !info->is_directory) {
    found.push_back({.path = path, .end = info->bytes, .file_bytes = info->bytes});
  } else {
    RETURN_IF_ERROR(ListFiles(files, path, found));
  }
  std::sort(found.begin(), found.end(),
            [](const FileRange& a, const FileRange& b) { return a.path < b.path; });
  std::vector<FileRange> ranges;
  for (const FileRange& file : found) {
    if (choice.pattern != nullptr && !choice.pattern->Contains(file.path)) continue;
    FileRange range = PartOf(file, choice.splits_files, place);
    if (range.begin < range.end) ranges.push_back(std::move(range));
  }
  return ranges;
}

absl::Status AlignToLine(FileSystem& files, FileRange& range) {
  if (range.begin == 0) return absl::OkStatus();
  // From the byte before: a line that begins exactly here belongs here.
  int64_t at = range.begin - 1;
  while (at < range.end) {
    const int64_t bytes = std::min(kAlignBytes, range.file_bytes - at);
    if (bytes <= 0) break;
    ASSIGN_OR_RETURN(const std::string text, files.ReadRange(range.path, at, bytes));
    const size_t line_feed = text.find('\n');
    if (line_feed != std::string::npos) {
      range.begin = at + static_cast<int64_t>(line_feed) + 1;
      range.position = range.begin;
      return absl::OkStatus();
    }
    at += bytes;
  }
  // One line spans the whole range: it belongs to an earlier one.
  range.begin = range.end;
  range.position = range.end;
  return absl::OkStatus();
}

std::string EncodeRanges(const std::vector<FileRange>& ranges) {
  std::string text;
  for (const FileRange& range : ranges) {
    absl::StrAppend(&text, range.path, "\n", range.begin, " ", range.end, " ", range.file_bytes,
                    " ", range.position, "\n");
  }
  return text;
}

absl::StatusOr<std::vector<FileRange>> RestoredRanges(
    const std::vector<std::string>& values_of_tasks, const RangePlace& place) {
  std::vector<FileRange> mine;
  int32_t count = 0;
  for (const std::string& text : values_of_tasks) {
    std::vector<std::string> lines = absl::StrSplit(text, '\n');
    // The last line is the empty one behind the last line feed.
    for (size_t i = 0; i + 1 < lines.size(); i += 2) {
      FileRange range{.path = lines[i]};
      const std::vector<std::string> numbers = absl::StrSplit(lines[i + 1], ' ');
      const bool right = numbers.size() == 4 && absl::SimpleAtoi(numbers[0], &range.begin) &&
                         absl::SimpleAtoi(numbers[1], &range.end) &&
                         absl::SimpleAtoi(numbers[2], &range.file_bytes) &&
                         absl::SimpleAtoi(numbers[3], &range.position);
      if (!right) {
        return absl::DataLossError("the positions in files in the checkpoint are damaged");
      }
      if (count++ % place.parallelism == place.task_index) mine.push_back(std::move(range));
    }
  }
  return mine;
}

}  // namespace millrace
