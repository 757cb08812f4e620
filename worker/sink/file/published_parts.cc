#include "worker/sink/file/published_parts.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"

namespace millrace {
namespace {

constexpr int64_t kCompareBytes = 1024 * 1024;

absl::StatusOr<bool> HaveSameBytes(FileSystem& files, const std::string& a, const std::string& b) {
  ASSIGN_OR_RETURN(const FileInfo info, files.Stat(a));
  ASSIGN_OR_RETURN(const FileInfo other, files.Stat(b));
  if (info.bytes != other.bytes) return false;
  for (int64_t at = 0; at < info.bytes; at += kCompareBytes) {
    const int64_t bytes = std::min(kCompareBytes, info.bytes - at);
    ASSIGN_OR_RETURN(const std::string mine, files.ReadRange(a, at, bytes));
    ASSIGN_OR_RETURN(const std::string others, files.ReadRange(b, at, bytes));
    if (mine != others) return false;
  }
  return true;
}

absl::Status AddFiles(FileSystem& files, const std::string& folder, const std::string& prefix,
                      std::vector<std::string>& paths) {
  ASSIGN_OR_RETURN(const std::vector<FileInfo> found, files.List(folder));
  for (const FileInfo& info : found) {
    const std::string path = absl::StrCat(prefix, info.name);
    if (info.is_directory) {
      RETURN_IF_ERROR(
          AddFiles(files, absl::StrCat(folder, "/", info.name), absl::StrCat(path, "/"), paths));
    } else {
      paths.push_back(path);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PublishPart(FileSystem& files, const std::string& folder, const PendingPart& part) {
  const std::string hidden = absl::StrCat(folder, "/", part.hidden);
  const std::string visible = absl::StrCat(folder, "/", part.visible);
  const absl::Status linked = files.Link(hidden, visible);
  if (absl::IsNotFound(linked)) {
    // It was durable before the checkpoint was, so it had its name. If that is gone too, a reader
    // took it away.
    if (absl::IsNotFound(files.Stat(visible).status())) {
      LOG_WARNING("a part file was published before and is gone",
                  {{"folder", folder}, {"file", part.visible}});
    }
    return absl::OkStatus();
  }
  if (absl::IsAlreadyExists(linked)) {
    // From an attempt that ended in between; else from a job that had the same id, which is drawn
    // by chance, and whose file must not stand for this one.
    const absl::StatusOr<bool> same = HaveSameBytes(files, hidden, visible);
    // Not found: another attempt, or a reader, was faster.
    if (!same.ok() && !absl::IsNotFound(same.status())) return same.status();
    if (same.ok() && !*same) {
      return absl::FailedPreconditionError(
          absl::StrCat(visible, " is there, and is not what this job wrote to ", hidden,
                       ": it is of another job that had the same id. Move it to another name and "
                       "start the job again from its last checkpoint"));
    }
  } else if (!linked.ok()) {
    return linked;
  }
  return files.Remove(hidden);
}

absl::Status PublishSuccess(FileSystem& files, const std::string& folder, const std::string& file) {
  const std::string path = absl::StrCat(folder, "/", file);
  if (files.Stat(path).ok()) return absl::OkStatus();
  // Whoever took the parts away may have taken their folder too.
  RETURN_IF_ERROR(files.CreateDirectories(path.substr(0, path.rfind('/'))));
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> success, files.NewFile(path));
  return success->Commit();
}

// Paths of partitions have no control characters; blanks stood between names of former versions.
std::string PartLine(const PendingPart& part) {
  return absl::StrCat(part.hidden, "\t", part.visible, "\n");
}

absl::StatusOr<PendingPart> ParsePartLine(std::string_view line) {
  const char separator = line.find('\t') == std::string_view::npos ? ' ' : '\t';
  std::vector<std::string> names = absl::StrSplit(AbslView(line), separator);
  if (names.size() != 2 || names[0].empty() || names[1].empty()) {
    return absl::DataLossError("the names of part files in the checkpoint are damaged");
  }
  return PendingPart{.hidden = std::move(names[0]), .visible = std::move(names[1])};
}

absl::StatusOr<std::vector<std::string>> ListTree(FileSystem& files, const std::string& folder) {
  std::vector<std::string> paths;
  const absl::Status listed = AddFiles(files, folder, "", paths);
  if (!listed.ok() && !absl::IsNotFound(listed)) return listed;
  return paths;
}

}  // namespace millrace
