// The part of the metadata store that belongs to one job's checkpoints: its retained manifests and
// its epoch numbers.
//
// Commit is the commit point of a checkpoint. Blocks. Not thread-safe: used by one thread, which
// makes "restore after a commit whose outcome is open" a matter of order.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/checkpoint/checkpoint_record.h"
#include "coordinator/store/metadata_store.h"

namespace millrace {

class CheckpointJournal {
 public:
  CheckpointJournal(MetadataStore& store, const CheckpointCodec& codec, JobId job);

  // What is committed.
  absl::StatusOr<CheckpointRecord> Load();

  // `record` replaces what is there if its latest manifest is still of epoch `parent`. kAborted: it
  // is not, somebody else has committed. kUnknown: even reading again has failed, so that the
  // outcome is open. Any other error: nothing was committed.
  absl::Status Commit(Epoch parent, const CheckpointRecord& record);

  // The last epoch that may have been used.
  absl::StatusOr<Epoch> LoadReserved();
  absl::Status Reserve(Epoch last);

  // Forgets the job.
  absl::Status Erase();

 private:
  MetadataStore& store_;
  const CheckpointCodec& codec_;
  const std::string record_key_;
  const std::string epochs_key_;
};

}  // namespace millrace
