// A file system in memory with faults on demand. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/io/file_system.h"

namespace millrace {

class MemoryFiles final : public FileSystem {
 public:
  // Every write fails with this from now on; OK ends it.
  void FailWrites(absl::Status status) { write_fault_ = std::move(status); }
  // Looking into `directory` fails with this from now on.
  void FailListing(std::string directory, absl::Status status) {
    listing_faults_[std::move(directory)] = std::move(status);
  }
  // The bytes behind `path`, to look at or to damage.
  std::string& bytes(const std::string& path) { return files_[path]; }
  bool contains(const std::string& path) const { return files_.contains(path); }
  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    for (const auto& [path, bytes] : files_) paths.push_back(path);
    return paths;
  }

  absl::StatusOr<std::unique_ptr<WritableFile>> NewFile(std::string path) override {
    RETURN_IF_ERROR(write_fault_);
    return std::make_unique<File>(*this, std::move(path));
  }
  absl::StatusOr<std::string> Read(const std::string& path) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return absl::NotFoundError(absl::StrCat(path, ": no such file"));
    return found->second;
  }
  absl::StatusOr<std::string> ReadRange(const std::string& path, int64_t offset,
                                        int64_t bytes) override {
    ASSIGN_OR_RETURN(const std::string all, Read(path));
    if (offset + bytes > static_cast<int64_t>(all.size())) {
      return absl::DataLossError(absl::StrCat(path, " is too short"));
    }
    return all.substr(offset, bytes);
  }
  absl::Status Link(const std::string& from, const std::string& to) override {
    RETURN_IF_ERROR(write_fault_);
    if (files_.contains(to)) return absl::AlreadyExistsError(to);
    ASSIGN_OR_RETURN(files_[to], Read(from));
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<FileInfo>> List(const std::string& directory) override {
    const auto fault = listing_faults_.find(directory);
    if (fault != listing_faults_.end()) return fault->second;
    const std::string prefix = directory + "/";
    std::vector<FileInfo> infos;
    std::set<std::string> folders;
    for (const auto& [path, bytes] : files_) {
      if (!absl::StartsWith(path, prefix)) continue;
      const std::string name = path.substr(prefix.size());
      const size_t slash = name.find('/');
      if (slash == std::string::npos) {
        infos.push_back({.name = name, .bytes = static_cast<int64_t>(bytes.size())});
      } else if (folders.insert(name.substr(0, slash)).second) {
        infos.push_back({.name = name.substr(0, slash), .is_directory = true});
      }
    }
    if (infos.empty()) return absl::NotFoundError(absl::StrCat(directory, ": no such folder"));
    return infos;
  }
  // A folder is there while a file is in it.
  absl::StatusOr<FileInfo> Stat(const std::string& path) override {
    if (List(path).ok()) {
      return FileInfo{.name = path.substr(path.rfind('/') + 1), .is_directory = true};
    }
    ASSIGN_OR_RETURN(const std::string bytes, Read(path));
    return FileInfo{.name = path.substr(path.rfind('/') + 1),
                    .bytes = static_cast<int64_t>(bytes.size())};
  }
  absl::Status CreateDirectories(const std::string& path) override { return write_fault_; }
  absl::Status Remove(const std::string& path) override {
    files_.erase(path);
    return absl::OkStatus();
  }
  absl::Status RemoveTree(const std::string& path) override {
    std::erase_if(files_, [&](const auto& file) {
      return file.first == path || absl::StartsWith(file.first, path + "/");
    });
    return absl::OkStatus();
  }
  absl::StatusOr<int64_t> FreeBytes(const std::string& path) override { return int64_t{1} << 40; }

 private:
  class File final : public WritableFile {
   public:
    File(MemoryFiles& files, std::string path) : files_(files), path_(std::move(path)) {}
    absl::Status Append(std::string_view bytes) override {
      bytes_.append(bytes);
      return files_.write_fault_;
    }
    int64_t bytes_written() const override { return static_cast<int64_t>(bytes_.size()); }
    absl::Status CommitAs(std::string path) override {
      path_ = std::move(path);
      return Commit();
    }
    absl::Status Commit() override {
      RETURN_IF_ERROR(files_.write_fault_);
      files_.files_[path_] = std::move(bytes_);
      return absl::OkStatus();
    }

   private:
    MemoryFiles& files_;
    std::string path_;
    std::string bytes_;
  };

  std::map<std::string, std::string> files_;
  absl::Status write_fault_;
  std::map<std::string, absl::Status> listing_faults_;
};

}  // namespace millrace
