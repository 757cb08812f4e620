#include "coordinator/checkpoint/checkpoint_journal.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

Epoch Latest(const CheckpointRecord& record) {
  return record.retained.empty() ? Epoch(0) : record.retained.back().epoch;
}

}  // namespace

CheckpointJournal::CheckpointJournal(MetadataStore& store, const CheckpointCodec& codec, JobId job)
    : store_(store),
      codec_(codec),
      record_key_(absl::StrCat("checkpoints/", job.value())),
      epochs_key_(absl::StrCat("epochs/", job.value())) {}

absl::StatusOr<CheckpointRecord> CheckpointJournal::Load() {
  ASSIGN_OR_RETURN(const std::optional<StoredValue> value, store_.Get(record_key_));
  if (!value.has_value()) return CheckpointRecord{};
  return codec_.DecodeRecord(value->bytes);
}

absl::Status CheckpointJournal::Commit(Epoch parent, const CheckpointRecord& record) {
  ASSIGN_OR_RETURN(const std::optional<StoredValue> before, store_.Get(record_key_));
  CheckpointRecord current;
  if (before.has_value()) {
    ASSIGN_OR_RETURN(current, codec_.DecodeRecord(before->bytes));
  }
  if (Latest(current) != parent) {
    return absl::AbortedError(absl::StrCat("the latest checkpoint is of epoch ",
                                           Latest(current).value(), ", not ", parent.value(),
                                           ": another coordinator has committed"));
  }
  RETURN_FAILPOINT("checkpoint.before_commit");
  const std::string bytes = codec_.EncodeRecord(record);
  const int64_t version = before.has_value() ? before->version : MetadataStore::kAbsent;
  const absl::Status put = store_.Put(record_key_, version, bytes).status();
  if (put.ok()) FAILPOINT("checkpoint.after_commit");
  if (put.ok() || absl::IsAborted(put)) return put;

  // The write may have taken place although its answer is an error.
  const absl::StatusOr<std::optional<StoredValue>> after = store_.Get(record_key_);
  if (!after.ok()) {
    return absl::UnknownError(absl::StrCat(
        "the outcome of the commit is not known: ", put.message(), "; ", after.status().message()));
  }
  const bool is_ours = after->has_value() && (*after)->bytes == bytes;
  return is_ours ? absl::OkStatus() : put;
}

absl::StatusOr<Epoch> CheckpointJournal::LoadReserved() {
  ASSIGN_OR_RETURN(const std::optional<StoredValue> value, store_.Get(epochs_key_));
  if (!value.has_value()) return Epoch(0);
  int64_t last = 0;
  if (!absl::SimpleAtoi(value->bytes, &last)) {
    return absl::DataLossError(
        absl::StrCat("metadata store: ", epochs_key_, " is not a number: '", value->bytes, "'"));
  }
  return Epoch(last);
}

absl::Status CheckpointJournal::Reserve(Epoch last) {
  ASSIGN_OR_RETURN(const std::optional<StoredValue> value, store_.Get(epochs_key_));
  RETURN_FAILPOINT("checkpoint.before_reserve");
  const int64_t version = value.has_value() ? value->version : MetadataStore::kAbsent;
  RETURN_IF_ERROR(store_.Put(epochs_key_, version, absl::StrCat(last.value())).status());
  RETURN_FAILPOINT("checkpoint.after_reserve");
  return absl::OkStatus();
}

absl::Status CheckpointJournal::Erase() {
  for (const std::string& key : {record_key_, epochs_key_}) {
    ASSIGN_OR_RETURN(const std::optional<StoredValue> value, store_.Get(key));
    if (value.has_value()) RETURN_IF_ERROR(store_.Delete(key, value->version));
  }
  return absl::OkStatus();
}

}  // namespace millrace
