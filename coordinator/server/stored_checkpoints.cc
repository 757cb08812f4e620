#include "coordinator/server/stored_checkpoints.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "coordinator/checkpoint/checkpoint_journal.h"
#include "coordinator/server/proto_codecs.h"
#include "coordinator/store/rocksdb_store.h"

namespace millrace {

absl::StatusOr<std::vector<ManifestRef>> ReadRetainedManifests(const std::string& data_dir,
                                                               const JobId& job) {
  ASSIGN_OR_RETURN(const std::unique_ptr<MetadataStore> store,
                   OpenRocksDbStoreForReading(data_dir));
  const ProtoCheckpointCodec codec;
  ASSIGN_OR_RETURN(CheckpointRecord record, CheckpointJournal(*store, codec, job).Load());
  if (!record.retained.empty()) return std::move(record.retained);
  return absl::NotFoundError(
      absl::StrCat("the metadata store in ", data_dir, " knows no checkpoint of ", job.value()));
}

}  // namespace millrace
