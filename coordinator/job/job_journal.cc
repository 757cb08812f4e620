#include "coordinator/job/job_journal.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

constexpr char kPrefix[] = "jobs/";

}  // namespace

JobJournal::JobJournal(MetadataStore& store, const JobCodec& codec, const JobId& job,
                       int64_t version)
    : store_(store), codec_(codec), key_(absl::StrCat(kPrefix, job.value())), version_(version) {}

absl::Status JobJournal::Put(const JobRecord& record) {
  const std::string bytes = codec_.EncodeJob(record);
  const absl::Status put = TryPut(bytes);
  return absl::IsAborted(put) && AdoptDoubtful() ? TryPut(bytes) : put;
}

absl::Status JobJournal::TryPut(const std::string& bytes) {
  absl::StatusOr<int64_t> version = store_.Put(key_, version_, bytes);
  if (absl::IsAborted(version.status())) return version.status();
  if (!version.ok()) {
    // The write may have taken place although its answer is an error.
    const absl::StatusOr<std::optional<StoredValue>> now = store_.Get(key_);
    if (!now.ok()) {
      doubtful_.push_back(bytes);
      return version.status();
    }
    if (!now->has_value() || (*now)->bytes != bytes) return version.status();
    version = (*now)->version;
  }
  version_ = *version;
  doubtful_.clear();
  return absl::OkStatus();
}

// Whether the record that is there is an earlier one of this journal; then it counts as known.
bool JobJournal::AdoptDoubtful() {
  const absl::StatusOr<std::optional<StoredValue>> now = store_.Get(key_);
  if (!now.ok() || !now->has_value()) return false;
  const bool is_ours =
      std::find(doubtful_.begin(), doubtful_.end(), (*now)->bytes) != doubtful_.end();
  if (is_ours) version_ = (*now)->version;
  return is_ours;
}

absl::StatusOr<std::vector<LoadedJob>> LoadJobs(MetadataStore& store, const JobCodec& codec) {
  ASSIGN_OR_RETURN(const std::vector<StoredEntry> entries, store.List(kPrefix));
  std::vector<LoadedJob> jobs;
  for (const StoredEntry& entry : entries) {
    jobs.push_back({.id = JobId(entry.key.substr(sizeof(kPrefix) - 1)),
                    .record = codec.DecodeJob(entry.value.bytes),
                    .version = entry.value.version});
  }
  return jobs;
}

}  // namespace millrace
