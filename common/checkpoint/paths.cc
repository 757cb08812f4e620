#include "common/checkpoint/paths.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/io/file_system.h"

namespace millrace {
namespace {

// Letters, digits, '.', '-' and '_' stand for themselves, all else is %XX: different ids stay
// different.
std::string Escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || c == '_' || c == '-' || (c == '.' && !escaped.empty())) {
      escaped.push_back(c);
    } else {
      absl::StrAppendFormat(&escaped, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

std::string OriginName(const char* folder, const FileOrigin& origin) {
  return absl::StrCat(folder, "/", origin.epoch.value(), "-", origin.term.value(), "-",
                      origin.attempt.value(), "-", Escape(origin.worker.value()));
}

std::string StateFileOf(const FileOrigin& origin, TaskId task, int64_t number, const char* kind) {
  return absl::StrCat(OriginName(kStateFolder, origin), "-", task.stage.value(), "-", task.index,
                      "-", number, kind);
}

}  // namespace

std::string JobCheckpointFolder(const std::string& checkpoint_dir, const JobId& job) {
  return absl::StrCat(checkpoint_dir, absl::EndsWith(checkpoint_dir, "/") ? "" : "/",
                      Escape(job.value()));
}

std::string ManifestPath(Epoch epoch, Term term, const std::string& uuid) {
  return absl::StrCat(kManifestFolder, "/", epoch.value(), "-", term.value(), "-", uuid,
                      ".manifest");
}

std::string DeltaPath(const FileOrigin& origin) {
  return absl::StrCat(OriginName(kStateFolder, origin), ".delta");
}

std::string TablePath(const FileOrigin& origin, TaskId task, int64_t number) {
  return StateFileOf(origin, task, number, ".sst");
}

std::string TableListPath(const FileOrigin& origin, TaskId task, int64_t number) {
  return StateFileOf(origin, task, number, ".tables");
}

std::string WholePath(const FileOrigin& origin, TaskId task, int64_t number) {
  return StateFileOf(origin, task, number, ".whole");
}

std::string SegmentPath(const FileOrigin& origin, TaskId task, const std::string& output) {
  return absl::StrCat(OriginName(kSegmentFolder, origin), "-", task.stage.value(), "-", task.index,
                      output.empty() ? "" : "-", output, ".segment");
}

std::optional<FileAge> AgeOfPath(const std::string& given) {
  const std::string path = TargetOfTemporary(given).value_or(given);
  const bool is_manifest = absl::EndsWith(path, ".manifest");
  const bool is_ours = is_manifest || absl::EndsWith(path, ".delta") ||
                       absl::EndsWith(path, ".sst") || absl::EndsWith(path, ".tables") ||
                       absl::EndsWith(path, ".whole") || absl::EndsWith(path, ".segment");
  if (!is_ours) return std::nullopt;
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::vector<std::string> parts = absl::StrSplit(name, absl::MaxSplits('-', 3));
  int64_t epoch = 0;
  int64_t term = 0;
  int32_t attempt = 0;
  if (parts.size() < 3 || !absl::SimpleAtoi(parts[0], &epoch) ||
      !absl::SimpleAtoi(parts[1], &term)) {
    return std::nullopt;
  }
  FileAge age{.epoch = Epoch(epoch), .term = Term(term)};
  if (is_manifest) return age;
  if (parts.size() < 4 || !absl::SimpleAtoi(parts[2], &attempt)) return std::nullopt;
  age.attempt = Attempt(attempt);
  return age;
}

}  // namespace millrace
