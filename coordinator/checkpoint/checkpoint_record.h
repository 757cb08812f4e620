// What the metadata store keeps of a job's checkpoints, and how durable things become bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/manifest_ref.h"

namespace millrace {

struct CheckpointRecord {
  std::vector<ManifestRef> retained;  // Oldest first; the last is the latest.
  int64_t completed_unix_ms = 0;      // Of the latest, as are the next two.
  int64_t state_bytes = 0;
  int64_t duration_ms = 0;
  int64_t completed = 0;  // So many ever.
};

// The durable forms are protobuf, which this folder does not know: the server hands the
// conversion in. Thread-safe.
class CheckpointCodec {
 public:
  virtual ~CheckpointCodec() = default;
  virtual std::string EncodeManifest(const Manifest& manifest) const = 0;
  virtual absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes) const = 0;
  virtual std::string EncodeRecord(const CheckpointRecord& record) const = 0;
  virtual absl::StatusOr<CheckpointRecord> DecodeRecord(std::string_view bytes) const = 0;
};

}  // namespace millrace
