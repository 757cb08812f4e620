// The canonical bytes of a key: equal keys, and only those, have equal bytes, on every platform and
// for ever. The key group of a row is the hash of them (common/plan/key_groups.h), state is
// addressed by them.
//
// Per column a marker byte (0 NULL, 1 value), then the value as TYPES.md gives it: numbers
// big-endian with the sign bit flipped, -0.0 as 0.0, every NaN as one NaN, DECIMAL at its column's
// scale, strings as length and bytes. Two NULLs are equal, as in GROUP BY.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/array.h"
#include "common/columnar/batch.h"
#include "common/columnar/data_type.h"
#include "common/columnar/schema.h"

namespace millrace {

// The keys of a batch's rows, back to back. Reused from batch to batch to save allocations.
struct EncodedKeys {
  std::string bytes;
  std::vector<uint32_t> offsets;  // size() + 1 of them.

  int64_t size() const { return offsets.empty() ? 0 : static_cast<int64_t>(offsets.size()) - 1; }
  std::string_view key(int64_t row) const {
    return std::string_view(bytes).substr(offsets[row], offsets[row + 1] - offsets[row]);
  }
};

// Thread-compatible: const methods may run in parallel.
class KeyCodec {
 public:
  // For the columns `key_columns` of batches with `schema`. kInvalidArgument, naming the column,
  // for a type that cannot be a key (MAP).
  static absl::StatusOr<KeyCodec> Create(const Schema& schema, std::vector<int> key_columns);

  // Replaces `keys` by those of `batch`. No key columns: every key is empty.
  absl::Status Encode(const Batch& batch, EncodedKeys& keys) const;

  // The key columns of `keys`, in the order of `key_columns`. kDataLoss for bytes that Encode
  // cannot have written.
  absl::StatusOr<std::vector<std::shared_ptr<arrow::Array>>> Decode(
      const std::vector<std::string_view>& keys) const;

  const std::vector<int>& key_columns() const { return key_columns_; }
  const std::vector<DataType>& key_types() const { return key_types_; }

 private:
  KeyCodec(std::vector<int> key_columns, std::vector<DataType> key_types);

  std::vector<int> key_columns_;
  std::vector<DataType> key_types_;
};

}  // namespace millrace
