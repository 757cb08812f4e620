#include "common/wire/checkpoint_wire.h"

#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/byte_order.h"
#include "common/base/check.h"
#include "common/base/crc32c.h"
#include "common/base/status_macros.h"
#include "common/wire/field_error.h"
#include "common/wire/plan_wire.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace millrace {
namespace {

// Field crc32c of v1::Manifest: its tag in one byte, then the value. It is put behind the message,
// so that the file remains one that any protobuf tool reads.
constexpr char kChecksumTag = (v1::Manifest::kCrc32CFieldNumber << 3) | 5;
constexpr size_t kChecksumBytes = 1 + sizeof(uint32_t);

absl::Status CheckChecksum(std::string_view bytes) {
  if (bytes.size() < kChecksumBytes || bytes[bytes.size() - kChecksumBytes] != kChecksumTag) {
    return absl::DataLossError("the manifest is damaged: it does not end with its checksum");
  }
  const auto checksum = LoadLittle<uint32_t>(bytes.data() + bytes.size() - sizeof(uint32_t));
  bytes.remove_suffix(kChecksumBytes);
  if (Crc32c(bytes) == checksum) return absl::OkStatus();
  return absl::DataLossError("the manifest is damaged: its checksum does not match");
}

v1::FileRef FileToProto(const FileRef& file) {
  v1::FileRef message;
  message.set_path(file.path);
  message.set_offset(file.offset);
  message.set_bytes(file.bytes);
  message.set_crc32c(file.crc32c);
  return message;
}

// A path is joined to the job's folder: it must not lead out of it.
bool StaysInside(const std::string& path) {
  if (path.empty() || path.front() == '/') return false;
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return path.find('\0') == std::string::npos;
}

absl::StatusOr<FileRef> FileFromProto(const v1::FileRef& message) {
  if (!StaysInside(message.path())) {
    return FieldError("path", absl::StrCat("'", message.path(), "' is not one inside a folder"));
  }
  if (message.offset() < 0) return FieldError("offset", "is negative");
  if (message.bytes() < 0) return FieldError("bytes", "is negative");
  if (message.offset() > std::numeric_limits<int64_t>::max() - message.bytes()) {
    return FieldError("bytes", "lead beyond any file");
  }
  return FileRef{.path = message.path(),
                 .offset = message.offset(),
                 .bytes = message.bytes(),
                 .crc32c = message.crc32c()};
}

template <typename Messages>
absl::StatusOr<std::vector<FileRef>> FilesFromProto(std::string_view field,
                                                    const Messages& messages) {
  std::vector<FileRef> files;
  for (int i = 0; i < messages.size(); ++i) {
    ASSIGN_OR_RETURN(files.emplace_back(),
                     Within(Element(field, i), FileFromProto(messages.Get(i))));
  }
  return files;
}

v1::KeyedStateSnapshot KeyedToProto(const KeyedStateSnapshot& keyed) {
  v1::KeyedStateSnapshot message;
  message.set_key_group_begin(keyed.key_groups.begin);
  message.set_key_group_end(keyed.key_groups.end);
  message.set_schema_version(keyed.schema_version);
  for (const FileRef& file : keyed.snapshot) *message.add_snapshot() = FileToProto(file);
  for (const FileRef& file : keyed.deltas) *message.add_deltas() = FileToProto(file);
  return message;
}

absl::StatusOr<KeyedStateSnapshot> KeyedFromProto(const v1::KeyedStateSnapshot& message) {
  KeyedStateSnapshot keyed{
      .key_groups = {.begin = message.key_group_begin(), .end = message.key_group_end()},
      .schema_version = message.schema_version()};
  if (keyed.key_groups.begin < 0 || keyed.key_groups.end < keyed.key_groups.begin) {
    return FieldError("key_group_begin",
                      absl::StrCat("and end are no range: [", keyed.key_groups.begin, ", ",
                                   keyed.key_groups.end, ")"));
  }
  ASSIGN_OR_RETURN(keyed.snapshot, FilesFromProto("snapshot", message.snapshot()));
  ASSIGN_OR_RETURN(keyed.deltas, FilesFromProto("deltas", message.deltas()));
  return keyed;
}

v1::SegmentRef SegmentToProto(const SegmentRef& segment) {
  v1::SegmentRef message;
  message.set_epoch(segment.epoch.value());
  *message.mutable_file() = FileToProto(segment.file);
  message.set_records(segment.records);
  return message;
}

absl::StatusOr<SegmentRef> SegmentFromProto(const v1::SegmentRef& message) {
  if (message.epoch() < 1) return FieldError("epoch", "is not positive");
  if (message.records() < 0) return FieldError("records", "is negative");
  SegmentRef segment{.epoch = Epoch(message.epoch()), .records = message.records()};
  ASSIGN_OR_RETURN(segment.file, Within("file", FileFromProto(message.file())));
  return segment;
}

v1::OperatorSnapshot OperatorToProto(const OperatorSnapshot& snapshot) {
  v1::OperatorSnapshot message;
  message.set_state_id(snapshot.state_id);
  message.mutable_values()->insert(snapshot.values.begin(), snapshot.values.end());
  for (const KeyedStateSnapshot& keyed : snapshot.keyed) *message.add_keyed() = KeyedToProto(keyed);
  for (const SegmentRef& segment : snapshot.segments) {
    *message.add_segments() = SegmentToProto(segment);
  }
  return message;
}

absl::StatusOr<OperatorSnapshot> OperatorFromProto(const v1::OperatorSnapshot& message) {
  if (message.state_id().empty()) return FieldError("state_id", "is empty");
  OperatorSnapshot snapshot{.state_id = message.state_id(),
                            .values = {message.values().begin(), message.values().end()}};
  if (message.keyed_size() > 1) return FieldError("keyed", "holds more than one state");
  for (const v1::KeyedStateSnapshot& keyed : message.keyed()) {
    ASSIGN_OR_RETURN(snapshot.keyed.emplace_back(), Within("keyed[0]", KeyedFromProto(keyed)));
  }
  for (int i = 0; i < message.segments_size(); ++i) {
    ASSIGN_OR_RETURN(snapshot.segments.emplace_back(),
                     Within(Element("segments", i), SegmentFromProto(message.segments(i))));
  }
  return snapshot;
}

}  // namespace

v1::TaskSnapshot TaskSnapshotToProto(const TaskSnapshot& snapshot) {
  v1::TaskSnapshot message;
  message.set_stage(snapshot.task.stage.value());
  message.set_index(snapshot.task.index);
  message.set_finished(snapshot.finished);
  for (const EventTime watermark : snapshot.input_watermarks) {
    message.add_input_watermarks_ms(watermark.millis());
  }
  for (const OperatorSnapshot& part : snapshot.operators) {
    *message.add_operators() = OperatorToProto(part);
  }
  return message;
}

absl::StatusOr<TaskSnapshot> TaskSnapshotFromProto(const v1::TaskSnapshot& message) {
  if (message.stage() < 0) return FieldError("stage", "is negative");
  if (message.index() < 0) return FieldError("index", "is negative");
  TaskSnapshot snapshot{.task = {StageId(message.stage()), message.index()},
                        .finished = message.finished()};
  for (const int64_t millis : message.input_watermarks_ms()) {
    snapshot.input_watermarks.push_back(EventTime(millis));
  }
  for (int i = 0; i < message.operators_size(); ++i) {
    ASSIGN_OR_RETURN(snapshot.operators.emplace_back(),
                     Within(Element("operators", i), OperatorFromProto(message.operators(i))));
  }
  return snapshot;
}

v1::Manifest ManifestToProto(const Manifest& manifest) {
  v1::Manifest message;
  message.set_format_version(Manifest::kFormatVersion);
  message.set_job_id(manifest.job.value());
  message.set_lineage(manifest.lineage);
  message.set_epoch(manifest.epoch.value());
  message.set_term(manifest.term.value());
  message.set_attempt(manifest.attempt.value());
  message.set_uuid(manifest.uuid);
  message.set_parent_epoch(manifest.parent.value());
  message.set_created_unix_ms(manifest.created_unix_ms);
  message.set_savepoint(manifest.savepoint);
  *message.mutable_graph() = JobGraphToProto(manifest.graph);
  for (const TaskSnapshot& task : manifest.tasks) *message.add_tasks() = TaskSnapshotToProto(task);
  return message;
}

absl::StatusOr<Manifest> ManifestFromProto(const v1::Manifest& message) {
  if (message.format_version() > Manifest::kFormatVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("format_version: the manifest has format ", message.format_version(),
                     ", this version reads up to ", Manifest::kFormatVersion,
                     ": use the version that wrote it, or a newer one"));
  }
  if (message.format_version() < 1) return FieldError("format_version", "is missing");
  if (message.job_id().empty()) return FieldError("job_id", "is empty");
  if (message.epoch() < 1) return FieldError("epoch", "is not positive");
  if (message.term() < 1) return FieldError("term", "is not positive");
  if (message.attempt() < 1) return FieldError("attempt", "is not positive");
  if (message.parent_epoch() < 0 || message.parent_epoch() >= message.epoch()) {
    return FieldError("parent_epoch",
                      absl::StrCat(message.parent_epoch(), " is not before ", message.epoch()));
  }
  Manifest manifest{.job = JobId(message.job_id()),
                    .lineage = message.lineage(),
                    .epoch = Epoch(message.epoch()),
                    .term = Term(message.term()),
                    .attempt = Attempt(message.attempt()),
                    .uuid = message.uuid(),
                    .parent = Epoch(message.parent_epoch()),
                    .created_unix_ms = message.created_unix_ms(),
                    .savepoint = message.savepoint()};
  ASSIGN_OR_RETURN(manifest.graph, Within("graph", JobGraphFromProto(message.graph())));
  for (int i = 0; i < message.tasks_size(); ++i) {
    ASSIGN_OR_RETURN(manifest.tasks.emplace_back(),
                     Within(Element("tasks", i), TaskSnapshotFromProto(message.tasks(i))));
  }
  return manifest;
}

std::string EncodeManifest(const Manifest& manifest) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);  // Maps in the order of their keys.
  CHECK(ManifestToProto(manifest).SerializeToCodedStream(&coded));
  coded.Trim();
  char checksum[sizeof(uint32_t)];
  StoreLittle<uint32_t>(checksum, Crc32c(bytes));
  bytes.push_back(kChecksumTag);
  bytes.append(checksum, sizeof(checksum));
  return bytes;
}

absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes) {
  RETURN_IF_ERROR(CheckChecksum(bytes));
  v1::Manifest message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("the bytes are not a manifest");
  }
  absl::StatusOr<Manifest> manifest = ManifestFromProto(message);
  if (manifest.ok() || absl::IsFailedPrecondition(manifest.status())) return manifest;
  return absl::DataLossError(
      absl::StrCat("the manifest is damaged: ", manifest.status().message()));
}

}  // namespace millrace
