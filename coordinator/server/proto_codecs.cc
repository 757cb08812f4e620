#include "coordinator/server/proto_codecs.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/wire/checkpoint_wire.h"
#include "common/wire/plan_wire.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "proto/store.pb.h"

namespace millrace {
namespace {

absl::Status Damaged(std::string_view what, std::string_view problem) {
  return absl::DataLossError(
      absl::StrCat("the stored ", std::string(what), " is damaged: ", std::string(problem)));
}

// Journals compare what they read with what they wrote: the same value must give the same bytes.
std::string ToBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  CHECK(message.SerializeToCodedStream(&coded));
  coded.Trim();
  return bytes;
}

template <typename Message>
bool FromBytes(std::string_view bytes, Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

v1::StoredManifestRef RefToProto(const ManifestRef& ref) {
  v1::StoredManifestRef message;
  message.set_epoch(ref.epoch.value());
  message.set_term(ref.term.value());
  message.set_path(ref.path);
  message.set_bytes(ref.bytes);
  message.set_crc32c(ref.crc32c);
  message.set_parent_epoch(ref.parent.value());
  return message;
}

ManifestRef RefFromProto(const v1::StoredManifestRef& message) {
  return {.epoch = Epoch(message.epoch()),
          .term = Term(message.term()),
          .path = message.path(),
          .bytes = message.bytes(),
          .crc32c = message.crc32c(),
          .parent = Epoch(message.parent_epoch())};
}

}  // namespace

std::string ProtoJobCodec::EncodeJob(const JobRecord& record) const {
  v1::StoredJob message;
  message.set_job_id(record.id.value());
  message.set_request_id(record.request_id);
  message.set_name(record.name);
  message.set_sql(record.sql);
  message.mutable_settings()->insert(record.settings.begin(), record.settings.end());
  *message.mutable_graph() = JobGraphToProto(*record.graph);
  message.set_state(static_cast<v1::JobState>(record.progress.state));
  message.set_message(record.progress.message);
  message.set_attempt(record.progress.attempt.value());
  message.set_restarts(record.progress.restarts);
  message.set_created_unix_ms(record.created_unix_ms);
  message.set_changed_unix_ms(record.changed_unix_ms);
  message.set_stop_requested(record.progress.stop_requested);
  message.set_lineage(record.lineage);
  message.set_savepoint_dir(record.savepoint_dir);
  message.set_savepoint_path(record.savepoint.path);
  message.set_savepoint_epoch(record.savepoint.epoch.value());
  message.set_savepoint_error(record.savepoint_error);
  message.set_restored_from(record.restore.path);
  message.set_allow_non_restored_state(record.restore.allow_non_restored_state);
  return ToBytes(message);
}

absl::StatusOr<JobRecord> ProtoJobCodec::DecodeJob(std::string_view bytes) const {
  v1::StoredJob message;
  if (!FromBytes(bytes, message)) return Damaged("job", "it is no protobuf message");
  absl::StatusOr<JobGraph> graph = JobGraphFromProto(message.graph());
  if (!graph.ok()) return Damaged("job", std::string(graph.status().message()));
  const absl::Status valid = Validate(*graph);
  if (!valid.ok()) return Damaged("job", std::string(valid.message()));
  if (message.state() < v1::JOB_STATE_CREATED || message.state() > v1::JOB_STATE_FAILED) {
    return Damaged("job", absl::StrCat("its state is ", message.state()));
  }
  if (message.attempt() < 0 || message.restarts() < 0) {
    return Damaged("job", "its attempt or its number of restarts is negative");
  }
  return JobRecord{
      .id = JobId(message.job_id()),
      .request_id = message.request_id(),
      .name = message.name(),
      .sql = message.sql(),
      .settings = {message.settings().begin(), message.settings().end()},
      .graph = std::make_shared<const JobGraph>(*std::move(graph)),
      .progress = {.state = static_cast<JobState>(message.state()),
                   .message = message.message(),
                   .attempt = Attempt(message.attempt()),
                   .restarts = message.restarts(),
                   .stop_requested = message.stop_requested()},
      .created_unix_ms = message.created_unix_ms(),
      .changed_unix_ms = message.changed_unix_ms(),
      .lineage = message.lineage(),
      .restore = {.path = message.restored_from(),
                  .allow_non_restored_state = message.allow_non_restored_state()},
      .savepoint_dir = message.savepoint_dir(),
      .savepoint = {.path = message.savepoint_path(), .epoch = Epoch(message.savepoint_epoch())},
      .savepoint_error = message.savepoint_error()};
}

std::string ProtoCheckpointCodec::EncodeManifest(const Manifest& manifest) const {
  return millrace::EncodeManifest(manifest);
}

absl::StatusOr<Manifest> ProtoCheckpointCodec::DecodeManifest(std::string_view bytes) const {
  return millrace::DecodeManifest(bytes);
}

std::string ProtoCheckpointCodec::EncodeRecord(const CheckpointRecord& record) const {
  v1::StoredCheckpoints message;
  for (const ManifestRef& ref : record.retained) *message.add_retained() = RefToProto(ref);
  message.set_completed_unix_ms(record.completed_unix_ms);
  message.set_bytes(record.state_bytes);
  message.set_duration_ms(record.duration_ms);
  message.set_completed(record.completed);
  return ToBytes(message);
}

absl::StatusOr<CheckpointRecord> ProtoCheckpointCodec::DecodeRecord(std::string_view bytes) const {
  v1::StoredCheckpoints message;
  if (!FromBytes(bytes, message)) return Damaged("checkpoint list", "it is no protobuf message");
  CheckpointRecord record{.completed_unix_ms = message.completed_unix_ms(),
                          .state_bytes = message.bytes(),
                          .duration_ms = message.duration_ms(),
                          .completed = message.completed()};
  Epoch before(0);
  for (const v1::StoredManifestRef& ref : message.retained()) {
    if (Epoch(ref.epoch()) <= before || ref.path().empty()) {
      return Damaged("checkpoint list", "its epochs are not in order");
    }
    before = Epoch(ref.epoch());
    record.retained.push_back(RefFromProto(ref));
  }
  return record;
}

}  // namespace millrace
