#include "common/io/process_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr char kClaimFile[] = ".claim";
constexpr char kIdFile[] = ".folder-id";

// What to do about an error that is one of rights; other errors say it by themselves.
std::string Remedy(const std::string& path, bool rights) {
  if (!rights) return "";
  return absl::StrCat("; this process runs as user id ", geteuid(),
                      ", which must be able to write there (chown ", geteuid(), " ", path,
                      ", or a mount that is not read-only)");
}

// Random, since processes in containers share numbers, and may share the folder.
absl::Status TryWriting(FileSystem& files, const std::string& folder) {
  const std::string probe =
      absl::StrCat(folder, "/.writable-", absl::Hex(SystemSeed(), absl::kZeroPad16));
  RETURN_IF_ERROR(WriteFile(files, probe, ""));
  return files.Remove(probe);
}

absl::Status Unusable(const FolderSetting& folder, const std::string& path,
                      const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(folder.key, ": ", status.message(),
                                                  Remedy(path, absl::IsPermissionDenied(status)),
                                                  "; or set ", folder.key, " to another folder"));
}

class PosixFolderClaim final : public FolderClaim {
 public:
  explicit PosixFolderClaim(int fd) : fd_(fd) {}
  ~PosixFolderClaim() override { ::close(fd_); }

 private:
  const int fd_;
};

// What the process that has the claim has said of itself.
std::string ReadOwner(int fd) {
  std::string owner(256, '\0');
  const ssize_t bytes = ::pread(fd, owner.data(), owner.size(), 0);
  owner.resize(bytes > 0 ? static_cast<size_t>(bytes) : 0);
  absl::StripAsciiWhitespace(&owner);
  return owner.empty() ? "another process" : owner;
}

}  // namespace

absl::StatusOr<std::string> PrepareFolder(FileSystem& files, const FolderSetting& folder) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(folder.path, error);
  if (error || folder.path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder.key, ": '", folder.path, "' is not the path of a folder"));
  }
  std::string path = absolute.lexically_normal().string();
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  absl::Status status = files.CreateDirectories(path);
  if (status.ok()) status = TryWriting(files, path);
  if (!status.ok()) return Unusable(folder, path, status);
  return path;
}

absl::StatusOr<std::unique_ptr<FolderClaim>> FolderClaim::Take(const FolderSetting& folder,
                                                               const std::string& owner) {
  const std::string path = absl::StrCat(folder.path, "/", kClaimFile);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    const bool rights = errno == EACCES || errno == EPERM || errno == EROFS;
    return absl::UnavailableError(absl::StrCat(folder.key, ": cannot open ", path, ": ",
                                               std::strerror(errno), Remedy(path, rights)));
  }
  auto claim = std::make_unique<PosixFolderClaim>(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return absl::UnavailableError(
          absl::StrCat(folder.key, ": cannot lock ", path, ": ", std::strerror(errno)));
    }
    return absl::FailedPreconditionError(
        absl::StrCat(folder.key, ": the folder ", folder.path, " is in use by ", ReadOwner(fd),
                     ": stop that process, or set ", folder.key, " to a folder of its own"));
  }
  const std::string text = absl::StrCat(owner, " (process ", getpid(), ")\n");
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return absl::UnavailableError(
        absl::StrCat(folder.key, ": cannot write ", path, ": ", std::strerror(errno)));
  }
  return claim;
}

absl::StatusOr<std::string> OpenSharedFolder(FileSystem& files, const std::string& folder,
                                             uint64_t fresh) {
  const std::string path = absl::StrCat(folder, "/", kIdFile);
  const absl::StatusOr<std::string> found = files.Read(path);
  if (found.ok() && !found->empty()) return *found;
  if (!found.ok() && !absl::IsNotFound(found.status())) return found.status();
  std::string id = absl::StrCat(absl::Hex(fresh, absl::kZeroPad16));
  RETURN_IF_ERROR(WriteFile(files, path, id));
  return id;
}

absl::StatusOr<std::string> CheckSharedFolder(FileSystem& files, const std::string& folder) {
  absl::StatusOr<std::string> id = files.Read(absl::StrCat(folder, "/", kIdFile));
  if (absl::IsNotFound(id.status())) {
    return absl::NotFoundError("there is no such folder here, or it is another one");
  }
  RETURN_IF_ERROR(id.status());
  const absl::Status writing = TryWriting(files, folder);
  if (writing.ok()) return id;
  return absl::Status(
      writing.code(),
      absl::StrCat(writing.message(), Remedy(folder, absl::IsPermissionDenied(writing))));
}

}  // namespace millrace
