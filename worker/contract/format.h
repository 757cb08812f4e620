// A format turns raw records into batches and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/columnar/batch.h"
#include "worker/contract/source.h"

namespace millrace {

// A record that could not be read. The policy (fail, skip, dead letter) is the task's.
struct BadRecord {
  int64_t index = 0;   // In the slab.
  std::string reason;  // Names the field and what was wrong, not the data.
};

struct DecodeResult {
  Batch batch;                         // The good records, in order.
  std::vector<BadRecord> bad_records;  // Ascending.
  // Of each row the index of its record in the slab, ascending; empty: row i is of record i.
  std::vector<int32_t> record_of_row;
};

// Made for a schema: fields that it does not name are not parsed. Not thread-safe.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // An error is a failure of the decoder itself; records that cannot be read are in the result.
  virtual absl::StatusOr<DecodeResult> Decode(const Slab& slab) = 0;

  // Whether the format's own options say that bad records are dropped and counted, whatever the
  // table's 'on-error' says (json.ignore-parse-errors).
  virtual bool skips_bad_records() const { return false; }
};

// The encoded rows of a batch, back to back. Reused from batch to batch.
struct EncodedRecords {
  std::string bytes;
  std::vector<uint32_t> offsets;  // size() + 1 of them.
  // Records that are not there at all, which is not the same as empty (raw: a NULL). One flag each,
  // or none at all.
  std::vector<uint8_t> absent;

  bool is_absent(int64_t i) const { return !absent.empty() && absent[i] != 0; }
  int64_t size() const { return offsets.empty() ? 0 : static_cast<int64_t>(offsets.size()) - 1; }
  std::string_view record(int64_t i) const {
    return std::string_view(bytes).substr(offsets[i], offsets[i + 1] - offsets[i]);
  }
};

// Not thread-safe.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Replaces `records` by one record per row. kInvalidArgument for a row kind that the format
  // cannot say.
  virtual absl::Status Encode(const Batch& batch, EncodedRecords& records) = 0;
};

}  // namespace millrace
