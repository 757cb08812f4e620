// What coordinator/job and coordinator/checkpoint keep, as protobuf (proto/store.proto,
// proto/checkpoint.proto). Thread-safe.
#pragma once

#include "coordinator/checkpoint/checkpoint_record.h"
#include "coordinator/job/job_record.h"

namespace millrace {

class ProtoJobCodec final : public JobCodec {
 public:
  std::string EncodeJob(const JobRecord& record) const override;
  absl::StatusOr<JobRecord> DecodeJob(std::string_view bytes) const override;
};

class ProtoCheckpointCodec final : public CheckpointCodec {
 public:
  std::string EncodeManifest(const Manifest& manifest) const override;
  absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes) const override;
  std::string EncodeRecord(const CheckpointRecord& record) const override;
  absl::StatusOr<CheckpointRecord> DecodeRecord(std::string_view bytes) const override;
};

}  // namespace millrace
