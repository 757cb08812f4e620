#include "coordinator/checkpoint/savepoint_folder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/manifest_ref.h"
#include "common/checkpoint/paths.h"
#include "coordinator/checkpoint/manifest_folder.h"

namespace millrace {
namespace {

constexpr char kManifestSuffix[] = ".manifest";

bool IsWithin(const std::string& path, const std::string& folder) {
  return path == folder || folder == "/" || absl::StartsWith(path, folder + "/");
}

bool IsPlain(const std::string& path) {
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (part == "." || part == "..") return false;
  }
  return path.find('\0') == std::string::npos;
}

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string Absolute(const SavepointPlaces& places, const std::string& given) {
  if (given.empty()) return places.savepoint_dir;
  return WithoutSlash(given.front() == '/' ? given
                                           : absl::StrCat(places.savepoint_dir, "/", given));
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

// The names of the manifests in `folder`, oldest first. A folder that cannot be read is an error:
// whoever finds no manifest may delete it.
absl::StatusOr<std::vector<std::string>> ManifestNames(FileSystem& files,
                                                       const std::string& folder) {
  const auto listing = files.List(absl::StrCat(folder, "/", kManifestFolder));
  if (absl::IsNotFound(listing.status())) return std::vector<std::string>();
  RETURN_IF_ERROR(listing.status());
  std::vector<std::tuple<Epoch, Term, std::string>> found;
  for (const FileInfo& file : *listing) {
    const std::optional<FileAge> age = AgeOfPath(absl::StrCat(kManifestFolder, "/", file.name));
    if (!age.has_value() || !absl::EndsWith(file.name, kManifestSuffix)) continue;
    found.emplace_back(age->epoch, age->term, file.name);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [epoch, term, name] : found) names.push_back(std::move(name));
  return names;
}

// Where a manifest is that a person means by `path`.
absl::StatusOr<std::string> FindManifest(FileSystem& files, const std::string& path) {
  const absl::StatusOr<FileInfo> info = files.Stat(path);
  if (absl::IsNotFound(info.status())) {
    return absl::NotFoundError(absl::StrCat(
        "there is no savepoint ", path,
        ": give the path that `millrace job savepoint` or `stop` printed, or that `job show` has"));
  }
  RETURN_IF_ERROR(info.status());
  if (!info->is_directory) return path;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ManifestNames(files, path));
  if (!names.empty()) return absl::StrCat(path, "/", kManifestFolder, "/", names.back());
  return absl::NotFoundError(absl::StrCat(
      path,
      " is no complete savepoint, it has no manifest: making it was interrupted, or is under "
      "way. Take another one; this folder may be deleted"));
}

// By their sizes only: a restore checks every byte of what it reads.
absl::Status CheckSizes(FileSystem& files, const Savepoint& savepoint) {
  std::map<std::string, int64_t> ends;
  for (const FileRef& ref : FileRefsOf(savepoint.manifest)) {
    int64_t& end = ends[ref.path];
    end = std::max(end, ref.offset + ref.bytes);
  }
  for (const auto& [path, end] : ends) {
    const std::string full = absl::StrCat(savepoint.folder, "/", path);
    const absl::StatusOr<FileInfo> info = files.Stat(full);
    if (absl::IsNotFound(info.status())) {
      return absl::DataLossError(absl::StrCat(full,
                                              ": the file is missing, although the manifest "
                                              "names it. Put it back, or take another one"));
    }
    RETURN_IF_ERROR(info.status());
    if (info->bytes >= end) continue;
    return absl::DataLossError(absl::StrCat(full, ": it has ", info->bytes,
                                            " bytes, the manifest speaks of ", end,
                                            ". Put the file back, or take another savepoint"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ResolveSavepoint(const SavepointPlaces& places,
                                             const std::string& given) {
  const std::string path = Absolute(places, given);
  const bool is_known =
      IsWithin(path, places.savepoint_dir) || IsWithin(path, places.checkpoint_dir);
  if (is_known && IsPlain(path)) return path;
  return absl::InvalidArgumentError(absl::StrCat(
      "savepoints are read from ", places.savepoint_dir, " and ", places.checkpoint_dir,
      " only, and ", path, " is in neither: see checkpoint.savepoint_dir of the coordinator"));
}

absl::StatusOr<std::string> ResolveSavepointTarget(const SavepointPlaces& places,
                                                   const std::string& given) {
  const std::string path = Absolute(places, given);
  if (IsWithin(path, places.savepoint_dir) && IsPlain(path)) return path;
  return absl::InvalidArgumentError(absl::StrCat(
      "savepoints are written to ", places.savepoint_dir, " and folders in it only, not to ", path,
      ": see checkpoint.savepoint_dir of the coordinator"));
}

std::string SavepointFolder(const std::string& dir, const JobId& job, Epoch epoch) {
  return absl::StrCat(JobCheckpointFolder(dir, job), "-", epoch.value());
}

Manifest ToSavepoint(Manifest checkpoint) {
  checkpoint.savepoint = true;
  checkpoint.parent = Epoch(0);
  for (TaskSnapshot& task : checkpoint.tasks) {
    for (OperatorSnapshot& snapshot : task.operators) snapshot.segments.clear();
  }
  return checkpoint;
}

absl::Status LinkCheckpointFiles(FileSystem& files, const std::string& from,
                                 const Manifest& savepoint, const std::string& to) {
  std::set<std::string> folders;
  for (const std::string& file : FilesOf(savepoint)) {
    const std::string target = absl::StrCat(to, "/", file);
    if (folders.insert(FolderOf(target)).second) {
      RETURN_IF_ERROR(files.CreateDirectories(FolderOf(target)));
    }
    // No file name is used twice: what is there is the same.
    const absl::Status linked = files.Link(absl::StrCat(from, "/", file), target);
    if (!linked.ok() && !absl::IsAlreadyExists(linked)) return linked;
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredManifest> CompleteSavepoint(FileSystem& files, const CheckpointCodec& codec,
                                                 const Manifest& savepoint,
                                                 const std::string& folder) {
  return ManifestFolder(files, codec, folder).Write(savepoint);
}

absl::StatusOr<Savepoint> ReadSavepoint(FileSystem& files, const CheckpointCodec& codec,
                                        const std::string& path) {
  ASSIGN_OR_RETURN(const std::string file, FindManifest(files, path));
  ASSIGN_OR_RETURN(const std::string bytes, files.Read(file));
  absl::StatusOr<Manifest> manifest = codec.DecodeManifest(bytes);
  if (!manifest.ok()) {
    return absl::Status(manifest.status().code(),
                        absl::StrCat(file, ": ", manifest.status().message()));
  }
  Savepoint savepoint{.folder = FolderOf(FolderOf(file)), .manifest = *std::move(manifest)};
  RETURN_IF_ERROR(CheckSizes(files, savepoint));
  return savepoint;
}

absl::Status RemoveIncompleteSavepoints(FileSystem& files, const std::string& dir,
                                        const std::set<JobId>& jobs) {
  const absl::StatusOr<std::vector<FileInfo>> listing = files.List(dir);
  if (absl::IsNotFound(listing.status())) return absl::OkStatus();
  RETURN_IF_ERROR(listing.status());
  for (const FileInfo& entry : *listing) {
    const size_t dash = entry.name.rfind('-');
    if (!entry.is_directory || dash == std::string::npos) continue;
    const std::string folder = absl::StrCat(dir, "/", entry.name);
    if (!jobs.contains(JobId(entry.name.substr(0, dash)))) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> names, ManifestNames(files, folder));
    if (names.empty()) RETURN_IF_ERROR(files.RemoveTree(folder));
  }
  return absl::OkStatus();
}

}  // namespace millrace
