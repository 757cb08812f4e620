// The keys of rows: some columns of a batch, encoded by a format of their own.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "worker/contract/format.h"
#include "worker/sink/kafka/kafka_sink_options.h"

namespace millrace {

// Not thread-safe.
class KeyEncoder {
 public:
  // `encoder` is made for KeySchema(columns, options); null for 'key.format' = 'raw', which takes
  // one column of characters or bytes, and for rows without a key. kInvalidArgument, naming the
  // table, if that does not fit.
  static absl::StatusOr<KeyEncoder> Create(const TableDescription& table,
                                           const KafkaSinkOptions& options,
                                           std::unique_ptr<Encoder> encoder);

  absl::Status Encode(const Batch& batch);

  // The key of row `row` of the batch encoded last, until the next one; none if rows have no key
  // or, for 'raw', if the column is NULL.
  std::optional<std::string_view> key(int64_t row) const;

 private:
  KeyEncoder(std::vector<int> columns, std::unique_ptr<Encoder> encoder)
      : columns_(std::move(columns)), encoder_(std::move(encoder)) {}

  std::vector<int> columns_;  // Empty: no keys.
  std::unique_ptr<Encoder> encoder_;
  EncodedRecords keys_;                     // With an encoder.
  std::shared_ptr<arrow::Array> raw_keys_;  // Without.
};

}  // namespace millrace
