// Bytes by which rows compare as ORDER BY wants it: the row with the lesser bytes comes first.
//
// Per column a byte that puts NULLs first or last, then the value: numbers as in keys (key_codec.h,
// big-endian, ordered), texts with an end mark; all bits flipped if it descends. They are durable.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/columnar/batch.h"
#include "common/columnar/key_codec.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"

namespace millrace {

class SortKeys {
 public:
  // REQUIRES: the columns of `order` have types with an order.
  static absl::StatusOr<SortKeys> Create(const Schema& schema,
                                         const std::vector<SortColumn>& order);

  // Replaces what there was by the keys of `batch`.
  absl::Status Encode(const Batch& batch);

  std::string_view key(int64_t row) const { return keys_[static_cast<size_t>(row)]; }

 private:
  struct Column {
    KeyCodec codec;  // Of the column alone.
    bool is_text = false;
    bool descending = false;
    bool nulls_first = false;
  };

  explicit SortKeys(std::vector<Column> columns) : columns_(std::move(columns)) {}

  std::vector<Column> columns_;
  EncodedKeys encoded_;
  std::vector<std::string> keys_;
};

}  // namespace millrace
