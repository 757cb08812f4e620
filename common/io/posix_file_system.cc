#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/io/file_system.h"

namespace millrace {
namespace {

constexpr std::string_view kTemporarySuffix = ".tmp";

absl::Status Error(int error, const std::string& what, const std::string& path) {
  const std::string message = absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EEXIST:
      return absl::AlreadyExistsError(message);
    case ENOSPC:
    case EDQUOT:
      return absl::ResourceExhaustedError(
          absl::StrCat(message, ". Free space there, or configure a folder on another disk"));
    case EROFS:
      return absl::PermissionDeniedError(message);
    case ENAMETOOLONG:  // Trying again makes no name shorter.
      return absl::InvalidArgumentError(
          absl::StrCat(message, ". A name may have 255 bytes, a path 4096"));
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(
          absl::StrCat(message, ". Give this process's user the right to it"));
    default:
      return absl::UnavailableError(message);
  }
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// Closes its descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

  // Some file systems report a failed write only here.
  int Close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

absl::Status SyncFolder(const std::string& folder) {
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return Error(errno, "open", folder);
  if (::fsync(fd.get()) != 0) return Error(errno, "sync", folder);
  return absl::OkStatus();
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(int fd, std::string temporary, std::string path)
      : fd_(fd), temporary_(std::move(temporary)), path_(std::move(path)) {}

  ~PosixWritableFile() override {
    if (!committed_) ::unlink(temporary_.c_str());
  }

  absl::Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0) {
        if (errno == EINTR) continue;
        return Error(errno, "write", path_);
      }
      bytes.remove_prefix(static_cast<size_t>(written));
      bytes_written_ += written;
    }
    return absl::OkStatus();
  }

  int64_t bytes_written() const override { return bytes_written_; }

  absl::Status CommitAs(std::string path) override {
    path_ = std::move(path);
    return Commit();
  }

  absl::Status Commit() override {
    // A failed fsync is final: the kernel may have dropped the pages, so the file is given up,
    // never synced again.
    RETURN_FAILPOINT("file.before_sync");
    if (::fsync(fd_.get()) != 0) return Error(errno, "sync", path_);
    RETURN_FAILPOINT("file.after_sync");
    if (fd_.Close() != 0) return Error(errno, "close", path_);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return Error(errno, "rename to", path_);
    committed_ = true;
    RETURN_FAILPOINT("file.after_rename");
    RETURN_IF_ERROR(SyncFolder(FolderOf(path_)));
    FAILPOINT("file.after_folder_sync");
    return absl::OkStatus();
  }

 private:
  Descriptor fd_;
  const std::string temporary_;
  std::string path_;
  int64_t bytes_written_ = 0;
  bool committed_ = false;
};

FileInfo InfoOf(std::string name, const struct stat& stat) {
  return {.name = std::move(name),
          .bytes = static_cast<int64_t>(stat.st_size),
          .is_directory = S_ISDIR(stat.st_mode),
          .modified_unix_ms =
              static_cast<int64_t>(stat.st_mtim.tv_sec) * 1000 + stat.st_mtim.tv_nsec / 1'000'000};
}

class Posix final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> NewFile(std::string path) override {
    // Temporary names never meet: process and a counter. TargetOfTemporary knows them.
    static std::atomic<uint64_t> counter = 0;
    const std::string temporary =
        absl::StrCat(path, ".", ::getpid(), "-", ++counter, AbslView(kTemporarySuffix));
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return Error(errno, "create", path);
    return std::make_unique<PosixWritableFile>(fd, temporary, std::move(path));
  }

  absl::StatusOr<std::string> Read(const std::string& path) override {
    ASSIGN_OR_RETURN(const FileInfo info, Stat(path));
    return ReadRange(path, 0, info.bytes);
  }

  absl::StatusOr<std::string> ReadRange(const std::string& path, int64_t offset,
                                        int64_t bytes) override {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return Error(errno, "open", path);
    std::string content(static_cast<size_t>(bytes), '\0');
    int64_t have = 0;
    while (have < bytes) {
      const ssize_t got = ::pread(fd.get(), content.data() + have,
                                  static_cast<size_t>(bytes - have), offset + have);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error(errno, "read", path);
      if (got == 0) {
        return absl::DataLossError(absl::StrCat(path, " ends at ", offset + have, ", expected ",
                                                offset + bytes, " bytes: it is truncated"));
      }
      have += got;
    }
    return content;
  }

  absl::Status Link(const std::string& from, const std::string& to) override {
    RETURN_FAILPOINT("file.before_link");
    if (::link(from.c_str(), to.c_str()) == 0) {
      RETURN_FAILPOINT("file.after_link");
      return SyncFolder(FolderOf(to));
    }
    if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP) {
      return Error(errno, absl::StrCat("link ", from, " to"), to);
    }
    struct stat exists;
    if (::stat(to.c_str(), &exists) == 0) return Error(EEXIST, "copy to", to);
    return Copy(from, to);
  }

  absl::StatusOr<std::vector<FileInfo>> List(const std::string& directory) override {
    DIR* const dir = ::opendir(directory.c_str());
    if (dir == nullptr) return Error(errno, "list", directory);
    std::vector<FileInfo> files;
    while (const dirent* entry = ::readdir(dir)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat stat;
      // A file that went while we were listing is not there.
      if (::stat(absl::StrCat(directory, "/", name).c_str(), &stat) == 0)
        files.push_back(InfoOf(name, stat));
    }
    ::closedir(dir);
    std::sort(files.begin(), files.end(),
              [](const FileInfo& a, const FileInfo& b) { return a.name < b.name; });
    return files;
  }

  absl::StatusOr<FileInfo> Stat(const std::string& path) override {
    struct stat stat;
    if (::stat(path.c_str(), &stat) != 0) return Error(errno, "look at", path);
    return InfoOf(path.substr(path.rfind('/') + 1), stat);
  }

  absl::Status CreateDirectories(const std::string& path) override {
    if (::mkdir(path.c_str(), 0755) == 0) return SyncFolder(FolderOf(path));
    if (errno == EEXIST) {
      struct stat stat;
      if (::stat(path.c_str(), &stat) == 0 && S_ISDIR(stat.st_mode)) return absl::OkStatus();
      return Error(ENOTDIR, "create folder", path);
    }
    const std::string parent = FolderOf(path);
    if (errno != ENOENT || parent == path) return Error(errno, "create folder", path);
    RETURN_IF_ERROR(CreateDirectories(parent));
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
      return Error(errno, "create folder", path);
    return SyncFolder(parent);
  }

  absl::Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Error(errno, "remove", path);
    return absl::OkStatus();
  }

  absl::Status RemoveTree(const std::string& path) override {
    struct stat stat;
    if (::lstat(path.c_str(), &stat) != 0)
      return errno == ENOENT ? absl::OkStatus() : Error(errno, "remove", path);
    if (!S_ISDIR(stat.st_mode)) return Remove(path);
    ASSIGN_OR_RETURN(const std::vector<FileInfo> files, List(path));
    for (const FileInfo& file : files)
      RETURN_IF_ERROR(RemoveTree(absl::StrCat(path, "/", file.name)));
    if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return Error(errno, "remove folder", path);
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> FreeBytes(const std::string& path) override {
    struct statvfs stat;
    if (::statvfs(path.c_str(), &stat) != 0) return Error(errno, "look at the disk of", path);
    return static_cast<int64_t>(stat.f_bavail) * static_cast<int64_t>(stat.f_frsize);
  }

 private:
  absl::Status Copy(const std::string& from, const std::string& to) {
    constexpr int64_t kChunk = 1 << 20;
    ASSIGN_OR_RETURN(const FileInfo info, Stat(from));
    ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> copy, NewFile(to));
    for (int64_t offset = 0; offset < info.bytes; offset += kChunk) {
      ASSIGN_OR_RETURN(const std::string chunk,
                       ReadRange(from, offset, std::min(kChunk, info.bytes - offset)));
      RETURN_IF_ERROR(copy->Append(chunk));
    }
    return copy->Commit();
  }
};

}  // namespace

FileSystem& PosixFileSystem() {
  static auto* const files = new Posix();
  return *files;
}

std::optional<std::string> TargetOfTemporary(std::string_view path) {
  if (!path.ends_with(kTemporarySuffix)) return std::nullopt;
  const size_t dot = path.rfind('.', path.size() - kTemporarySuffix.size() - 1);
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  const std::string_view numbers =
      path.substr(dot + 1, path.size() - kTemporarySuffix.size() - dot - 1);
  const size_t dash = numbers.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto is_number = [](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  };
  if (!is_number(numbers.substr(0, dash)) || !is_number(numbers.substr(dash + 1))) {
    return std::nullopt;
  }
  return std::string(path.substr(0, dot));
}

absl::Status WriteFile(FileSystem& files, std::string path, std::string_view bytes) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, files.NewFile(std::move(path)));
  RETURN_IF_ERROR(file->Append(bytes));
  return file->Commit();
}

}  // namespace millrace
