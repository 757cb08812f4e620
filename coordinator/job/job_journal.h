// The part of the metadata store that belongs to one job: its record.
//
// Blocks. Not thread-safe: used through one JobIo, which keeps the order of writes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/job/job_record.h"
#include "coordinator/store/metadata_store.h"

namespace millrace {

class JobJournal {
 public:
  // `version`: that of the record as it was loaded; kAbsent for a new job.
  JobJournal(MetadataStore& store, const JobCodec& codec, const JobId& job,
             int64_t version = MetadataStore::kAbsent);

  // `record` replaces what is there. kAborted: it is not what this coordinator has written, so
  // another one rules. Any other error: try again; whether it is stored is open.
  absl::Status Put(const JobRecord& record);

 private:
  absl::Status TryPut(const std::string& bytes);
  bool AdoptDoubtful();

  MetadataStore& store_;
  const JobCodec& codec_;
  const std::string key_;
  int64_t version_;
  // What this journal may have written without knowing it: the store answered with errors only.
  std::vector<std::string> doubtful_;
};

struct LoadedJob {
  JobId id;
  absl::StatusOr<JobRecord> record;  // What came of decoding it.
  int64_t version = 0;
};

// Every job there is, in the order of ids. An error of the store; a record that cannot be read is
// its job's error alone.
absl::StatusOr<std::vector<LoadedJob>> LoadJobs(MetadataStore& store, const JobCodec& codec);

}  // namespace millrace
