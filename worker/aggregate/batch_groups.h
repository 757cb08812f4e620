// Groups the rows of a batch by slice and key, in the order of their first rows.
//
// Late rows share group 0, which never reaches the state, so that the loops over rows need no
// branch for them. One BIGINT key column without NULLs is grouped by its values, anything else by
// canonical key bytes. Kept from batch to batch to save allocations; not thread-safe.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/columnar/batch.h"
#include "common/columnar/key_codec.h"
#include "worker/contract/keyed_state.h"

namespace millrace {

class BatchGroups {
 public:
  static constexpr int64_t kLate = std::numeric_limits<int64_t>::min();

  explicit BatchGroups(KeyCodec codec) : codec_(std::move(codec)) {}

  // `slices`: for each row the namespace of its slice, or kLate.
  absl::Status Assign(const Batch& batch, const std::vector<int64_t>& slices);

  // With group 0.
  int64_t groups() const { return static_cast<int64_t>(group_slice_.size()); }
  const std::vector<uint32_t>& group_of_row() const { return group_of_row_; }
  // Of the groups from 1 on; distinct. Valid until the next Assign.
  const std::vector<StateKey>& keys() const { return keys_; }

  const KeyCodec& codec() const { return codec_; }

 private:
  bool HasOneBigInt(const Batch& batch) const;
  void AssignByValue(const Batch& batch, const std::vector<int64_t>& slices);
  void AssignByBytes(const std::vector<int64_t>& slices);

  // The group of a row: is_same(group) says whether it is one met before, else a new one is made.
  template <typename IsSame>
  uint32_t FindOrAdd(uint64_t hash, int64_t slice, IsSame is_same);

  KeyCodec codec_;
  std::vector<uint32_t> group_of_row_;
  std::vector<int64_t> group_slice_;
  std::vector<int64_t> group_value_;  // AssignByValue
  std::vector<StateKey> keys_;
  EncodedKeys encoded_;          // AssignByBytes
  std::string key_bytes_;        // AssignByValue
  std::vector<uint32_t> table_;  // Open addressing, linear probing; 0: empty.
  uint64_t mask_ = 0;
};

}  // namespace millrace
