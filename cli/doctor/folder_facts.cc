#include "cli/doctor/folder_facts.h"

#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

// Writes, syncs, renames and reads back a small file, then removes it.
absl::Status TryWriting(FileSystem& files, const std::string& folder) {
  constexpr char kText[] = "millrace doctor was here\n";
  const std::string probe = absl::StrCat(folder, "/.millrace-doctor-", ::getpid());
  absl::Status written = WriteFile(files, probe, kText);
  if (written.ok()) {
    const absl::StatusOr<std::string> read = files.Read(probe);
    if (!read.ok()) written = read.status();
    if (read.ok() && *read != kText) {
      written = absl::DataLossError(
          absl::StrCat(folder, ": a file that was just written reads differently"));
    }
  }
  RETURN_IF_ERROR(files.Remove(probe));
  return written;
}

absl::Status MayMakeFolderIn(const std::string& parent) {
  if (::access(parent.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("cannot make a folder in ", parent, ": ", std::strerror(errno)));
}

// The names matter only for what checks.cc says of them.
std::string FileSystemName(const std::string& folder) {
  struct statfs system {};
  if (::statfs(folder.c_str(), &system) != 0) return "";
  if (system.f_type == TMPFS_MAGIC) return "tmpfs";
  if (system.f_type == OVERLAYFS_SUPER_MAGIC) return "overlay";
  return "";
}

}  // namespace

FolderFacts GatherFolderFacts(FileSystem& files, const std::string& path) {
  FolderFacts facts;
  std::error_code error;
  fs::path folder = fs::absolute(path, error).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "a/b/"
  facts.path = folder.string();
  const auto is_there = [&error](const fs::path& at) {
    const fs::file_status status = fs::status(at, error);
    return fs::exists(status) || status.type() == fs::file_type::unknown;
  };
  while (!is_there(folder) && folder.has_relative_path()) folder = folder.parent_path();
  if (!fs::is_directory(folder, error)) {
    facts.usable = absl::FailedPreconditionError(
        absl::StrCat(folder.string(), error ? ": " + error.message() : " is not a folder"));
    return facts;
  }
  if (folder == facts.path) {
    facts.usable = TryWriting(files, facts.path);
  } else {
    facts.parent = folder.string();
    facts.usable = MayMakeFolderIn(facts.parent);
  }
  facts.file_system = FileSystemName(folder.string());
  const fs::space_info space = fs::space(folder, error);
  if (!error) {
    facts.free_bytes = static_cast<int64_t>(space.available);
    facts.size_bytes = static_cast<int64_t>(space.capacity);
  }
  return facts;
}

}  // namespace millrace
