#include "cli/checkpoint/manifest_listing.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/paths.h"
#include "common/wire/checkpoint_wire.h"

namespace millrace {
namespace {

constexpr char kSuffix[] = ".manifest";

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

bool IsFolder(FileSystem& files, const std::string& path) {
  const absl::StatusOr<FileInfo> info = files.Stat(path);
  return info.ok() && info->is_directory;
}

bool IsJobFolder(FileSystem& files, const std::string& path) {
  return IsFolder(files, absl::StrCat(path, "/", kManifestFolder));
}

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// A manifest says itself which it is; a file that was renamed or mixed up is no checkpoint.
absl::StatusOr<Manifest> ReadManifest(FileSystem& files, const std::string& folder,
                                      const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, files.Read(absl::StrCat(folder, "/", path)));
  ASSIGN_OR_RETURN(Manifest manifest, DecodeManifest(bytes));
  if (ManifestPath(manifest.epoch, manifest.term, manifest.uuid) == path) return manifest;
  return absl::DataLossError(absl::StrCat(
      "it holds ", ManifestPath(manifest.epoch, manifest.term, manifest.uuid), ", another one"));
}

void Sort(std::vector<ManifestFile>& manifests) {
  std::sort(manifests.begin(), manifests.end(), [](const ManifestFile& a, const ManifestFile& b) {
    return std::tie(b.epoch, b.term, b.path) < std::tie(a.epoch, a.term, a.path);
  });
}

}  // namespace

absl::StatusOr<CheckpointPlace> FindCheckpoints(FileSystem& files, const std::string& given,
                                                const std::string& checkpoint_dir) {
  const std::string path = WithoutSlash(given);
  if (absl::EndsWith(path, kSuffix) && FolderOf(path) != path) {
    const std::string folder = FolderOf(FolderOf(path));
    if (IsJobFolder(files, folder)) {
      return CheckpointPlace{
          .folder = folder,
          .manifest = absl::StrCat(kManifestFolder, "/", path.substr(path.rfind('/') + 1))};
    }
  }
  if (IsJobFolder(files, path)) return CheckpointPlace{.folder = path};
  const std::string folder = JobCheckpointFolder(checkpoint_dir, JobId(path));
  if (!absl::StrContains(path, "/") && IsJobFolder(files, folder)) {
    return CheckpointPlace{.folder = folder, .job = JobId(path)};
  }
  return absl::NotFoundError(absl::StrCat("there are no checkpoints in ", path,
                                          ", nor of a job of this id in ", checkpoint_dir,
                                          ". Give the id of a job, with --dir or --config if its "
                                          "checkpoints are elsewhere, or the path "
                                          "of a job's folder or of a manifest"));
}

absl::StatusOr<std::vector<ManifestFile>> ReadManifests(FileSystem& files,
                                                        const CheckpointPlace& place) {
  const std::string folder = absl::StrCat(place.folder, "/", kManifestFolder);
  ASSIGN_OR_RETURN(const std::vector<FileInfo> listing, files.List(folder));
  std::vector<ManifestFile> manifests;
  for (const FileInfo& file : listing) {
    const std::string path = absl::StrCat(kManifestFolder, "/", file.name);
    const std::optional<FileAge> age = AgeOfPath(path);
    if (!age.has_value() || !absl::EndsWith(file.name, kSuffix)) continue;
    if (!place.manifest.empty() && path != place.manifest) continue;
    manifests.push_back({.path = path,
                         .epoch = age->epoch,
                         .term = age->term,
                         .bytes = file.bytes,
                         .manifest = ReadManifest(files, place.folder, path)});
  }
  if (manifests.empty() && !place.manifest.empty()) {
    return absl::NotFoundError(absl::StrCat(place.folder, "/", place.manifest,
                                            " is missing, or it is no manifest's name"));
  }
  Sort(manifests);
  return manifests;
}

void CompareWithStore(FileSystem& files, const std::string& folder,
                      const std::vector<ManifestRef>& retained,
                      std::vector<ManifestFile>& manifests) {
  for (ManifestFile& manifest : manifests) manifest.retained = false;
  for (const ManifestRef& ref : retained) {
    const auto found =
        std::find_if(manifests.begin(), manifests.end(),
                     [&ref](const ManifestFile& file) { return file.path == ref.path; });
    if (found == manifests.end()) {
      manifests.push_back({.path = ref.path,
                           .epoch = ref.epoch,
                           .term = ref.term,
                           .manifest = absl::NotFoundError(
                               "the file is missing, although the metadata store retains it"),
                           .retained = true});
      continue;
    }
    found->retained = true;
    if (!found->manifest.ok()) continue;
    const absl::StatusOr<std::string> bytes = files.Read(absl::StrCat(folder, "/", ref.path));
    const absl::Status digest = bytes.ok() ? CheckDigest(ref, *bytes) : bytes.status();
    if (!digest.ok()) found->manifest = digest;
  }
  Sort(manifests);
}

}  // namespace millrace
