// Rows as the keys and values of a topic's records: what is written, however it gets there.
//
// Pure. Not thread-safe. `upsert-kafka` (KafkaSinkOptions::upsert): +I and +U give the row as it is
// now, -D a tombstone, and -U nothing, for the row of the same key that follows says it all.
// `kafka`: one record a row; its format refuses rows that take others back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/columnar/batch.h"
#include "worker/contract/format.h"
#include "worker/sink/kafka/kafka_sink_options.h"
#include "worker/sink/kafka/key_encoder.h"
#include "worker/sink/staged/segment_format.h"

namespace millrace {

struct KafkaSinkEncoders {
  std::unique_ptr<Encoder> value;  // For ValueSchema(columns, options).
  std::unique_ptr<Encoder> key;    // As KeyEncoder::Create wants it; usually null.
};

class KeyedRecords {
 public:
  // REQUIRES: encoders.value is not null. kInvalidArgument or kUnimplemented, naming the table, for
  // a key that 'key.format' cannot write.
  static absl::StatusOr<KeyedRecords> Create(const TableDescription& table,
                                             const KafkaSinkOptions& options,
                                             KafkaSinkEncoders encoders);

  // Replaces the records by those of `batch`, in the order of its rows.
  absl::Status Make(const Batch& batch);

  int64_t size() const { return values_.size(); }
  // Of record `i`; views are valid until the next Make.
  std::optional<std::string_view> key(int64_t i) const { return keys_.key(i); }
  std::optional<std::string_view> value(int64_t i) const {  // None: a tombstone.
    if (!tombstones_.empty() && tombstones_[i]) return std::nullopt;
    if (values_.is_absent(i)) return std::nullopt;
    return values_.record(i);
  }
  // Key, value, and what METADATA columns say, into `record`; its partition is left alone.
  void Fill(int64_t i, StagedRecord& record) const;

 private:
  KeyedRecords(const TableDescription& table, const KafkaSinkOptions& options,
               std::unique_ptr<Encoder> encoder, KeyEncoder keys);

  // The rows of `batch` that records are made of, as insertions; fills tombstones_.
  absl::StatusOr<Batch> Upserts(const Batch& batch);

  bool upsert_;
  std::optional<int> timestamp_column_;
  std::optional<int> headers_column_;
  bool all_in_value_;
  std::vector<int> value_columns_;
  std::unique_ptr<Encoder> encoder_;
  KeyEncoder keys_;
  EncodedRecords values_;
  std::vector<bool> tombstones_;              // Of the records at hand; empty: there is none.
  std::shared_ptr<arrow::Array> timestamps_;  // Of the records at hand; null: they have none.
  std::shared_ptr<arrow::Array> headers_;
};

}  // namespace millrace
