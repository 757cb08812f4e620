#include "cli/checkpoint/verification_report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/checkpoint/restore_decision.h"

namespace millrace {
namespace {

std::vector<FileFault> FaultsOf(const ManifestFile& file, CheckpointVerifier& verifier) {
  const auto of_manifest = [&file](const absl::Status& status) {
    return FileFault{.path = file.path,
                     .missing = absl::IsNotFound(status),
                     .what = std::string(status.message())};
  };
  if (!file.manifest.ok()) return {of_manifest(file.manifest.status())};
  std::vector<FileFault> faults = verifier.Verify(*file.manifest);
  const absl::Status restorable = CheckRestorable(*file.manifest, file.manifest->graph);
  if (!restorable.ok()) faults.push_back(of_manifest(restorable));
  return faults;
}

}  // namespace

int64_t VerificationReport::missing() const {
  return std::count_if(faults.begin(), faults.end(),
                       [](const NamedFault& each) { return each.fault.missing; });
}

int64_t VerificationReport::damaged() const {
  return static_cast<int64_t>(faults.size()) - missing();
}

VerificationReport VerifyCheckpoints(FileSystem& files, const std::string& folder,
                                     const std::vector<ManifestFile>& manifests) {
  VerificationReport report;
  CheckpointVerifier verifier(files, folder);
  std::map<std::string, NamedFault> faults;
  for (const ManifestFile& file : manifests) {
    const std::vector<FileFault> found = FaultsOf(file, verifier);
    const bool was_there = !absl::IsNotFound(file.manifest.status());
    if (!found.empty() && was_there &&
        absl::IsNotFound(files.Stat(absl::StrCat(folder, "/", file.path)).status())) {
      report.collected.push_back(file.path);
      continue;
    }
    ++report.manifests;
    for (const FileFault& fault : found) {
      NamedFault& named = faults[fault.path];
      if (named.epochs.empty()) named.fault = fault;
      named.epochs.push_back(file.epoch);
    }
  }
  report.files = verifier.files();
  report.bytes = verifier.bytes();
  for (auto& [path, named] : faults) report.faults.push_back(std::move(named));
  return report;
}

std::string VerificationText(const VerificationReport& report) {
  std::string text;
  for (const NamedFault& named : report.faults) {
    const std::string epochs = absl::StrJoin(
        named.epochs, ", ",
        [](std::string* out, const Epoch& epoch) { absl::StrAppend(out, epoch.value()); });
    absl::StrAppend(&text, named.fault.missing ? "missing  " : "damaged  ", named.fault.path, ": ",
                    named.fault.what, " (epoch ", epochs, ")\n");
  }
  for (const std::string& path : report.collected) {
    absl::StrAppend(&text, "gone     ", path, ": replaced while it was verified\n");
  }
  absl::StrAppendFormat(&text, "verify: manifests=%d files=%d bytes=%d damaged=%d missing=%d\n",
                        report.manifests, report.files, report.bytes, report.damaged(),
                        report.missing());
  return text;
}

}  // namespace millrace
