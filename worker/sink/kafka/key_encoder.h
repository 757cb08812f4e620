// The keys of rows: some columns of a batch, encoded by a format of their own.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/contract/format.h"
#include "worker/sink/kafka/kafka_sink_options.h"

namespace millrace {

// Not thread-safe.
class KeyEncoder {
 public:
  // `encoder` is made for KeySchema(columns, options); null for rows without a key. kUnimplemented,
  // naming the table, if there should be one.
  static absl::StatusOr<KeyEncoder> Create(const TableDescription& table,
                                           const KafkaSinkOptions& options,
                                           std::unique_ptr<Encoder> encoder);

  absl::Status Encode(const Batch& batch);

  // The key of row `row` of the batch encoded last, until the next one; none if rows have no key
  // or the format says so of this one (raw: NULL).
  std::optional<std::string_view> key(int64_t row) const;

 private:
  KeyEncoder(std::vector<int> columns, std::unique_ptr<Encoder> encoder)
      : columns_(std::move(columns)), encoder_(std::move(encoder)) {}

  std::vector<int> columns_;
  std::unique_ptr<Encoder> encoder_;  // Null: no keys.
  EncodedRecords keys_;
};

}  // namespace millrace
