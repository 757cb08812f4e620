#include "coordinator/checkpoint/manifest_folder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/paths.h"
#include "common/checkpoint/restore_decision.h"

namespace millrace {

absl::StatusOr<StoredManifest> ManifestFolder::Write(const Manifest& manifest) {
  const std::string path = ManifestPath(manifest.epoch, manifest.term, manifest.uuid);
  const std::string bytes = codec_.EncodeManifest(manifest);
  RETURN_FAILPOINT("checkpoint.before_manifest");
  RETURN_IF_ERROR(files_.CreateDirectories(Path(kManifestFolder)));
  RETURN_IF_ERROR(WriteFile(files_, Path(path), bytes));
  StoredManifest stored{.ref = MakeManifestRef(manifest, path, bytes),
                        .files = FilesOf(manifest),
                        .state_bytes = BytesOf(manifest)};
  RETURN_IF_ERROR(Read(stored.ref).status());
  RETURN_FAILPOINT("checkpoint.after_manifest");
  return stored;
}

absl::StatusOr<RestorePoint> ManifestFolder::Load(const std::vector<ManifestRef>& retained,
                                                  const JobGraph& graph) {
  std::vector<RestoreCandidate> candidates;
  std::vector<absl::StatusOr<Manifest>> manifests;
  for (auto ref = retained.rbegin(); ref != retained.rend(); ++ref) {
    manifests.push_back(Read(*ref));
    candidates.push_back({.ref = *ref, .read = manifests.back().status()});
  }
  ASSIGN_OR_RETURN(const RestoreChoice choice, ChooseRestore(candidates, MayFallBack(graph)));
  RestorePoint point{.warning = choice.warning};
  if (!choice.candidate.has_value()) return point;
  for (size_t i = manifests.size(); i-- > *choice.candidate;) {
    RetainedManifest kept{.ref = candidates[i].ref};
    if (manifests[i].ok()) kept.files = FilesOf(*manifests[i]);
    point.retained.push_back(std::move(kept));
  }
  point.manifest = *std::move(manifests[*choice.candidate]);
  RETURN_IF_ERROR(CheckRestorable(*point.manifest, graph));
  return point;
}

absl::StatusOr<GarbageCollected> ManifestFolder::Collect(GcInput input) {
  for (const char* sub_folder : {kManifestFolder, kStateFolder, kSegmentFolder}) {
    const absl::StatusOr<std::vector<FileInfo>> listing = files_.List(Path(sub_folder));
    if (absl::IsNotFound(listing.status())) continue;
    RETURN_IF_ERROR(listing.status());
    for (const FileInfo& file : *listing) {
      if (!file.is_directory) input.files.push_back(absl::StrCat(sub_folder, "/", file.name));
    }
  }
  GarbageCollected collected;
  for (const std::string& file : FilesToDelete(input)) {
    FAILPOINT("checkpoint.before_delete");
    if (files_.Remove(Path(file)).ok()) {
      ++collected.deleted;
    } else {
      ++collected.failed;
    }
    FAILPOINT("checkpoint.after_delete");
  }
  return collected;
}

absl::StatusOr<Manifest> ManifestFolder::Read(const ManifestRef& ref) {
  ASSIGN_OR_RETURN(const std::string bytes, files_.Read(Path(ref.path)));
  RETURN_IF_ERROR(CheckDigest(ref, bytes));
  ASSIGN_OR_RETURN(Manifest manifest, codec_.DecodeManifest(bytes));
  if (manifest.epoch != ref.epoch || manifest.term != ref.term) {
    return absl::DataLossError(absl::StrCat("manifest ", ref.path, " is that of epoch ",
                                            manifest.epoch.value(), " and term ",
                                            manifest.term.value()));
  }
  return manifest;
}

}  // namespace millrace
