// The rows that are in for now, of one key of a window: a state entry's value.
//
//   fixed  int64 rows | int64 where the last row begins in the tail
//   tail   per row, in their order: uint32 bytes of its sort key | uint32 bytes of the row | both
//
// All little-endian. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/contract/keyed_state.h"

namespace millrace {

struct RankedRow {
  std::string_view sort_key;  // sort_keys.h
  std::string_view row;       // Canonical bytes of all columns.
};

class RankedRows {
 public:
  static constexpr int32_t kValueBytes = 2 * sizeof(int64_t);
  static constexpr int32_t kVersion = 1;

  // At most `most` rows are in; of rows that tie the earlier one comes first, or the later one.
  RankedRows(int64_t most, bool latest_first) : most_(most), latest_first_(latest_first) {}

  // Puts `rows`, which are in order and came after those of `value`, in their places among them.
  void Merge(const std::vector<RankedRow>& rows, const StateValue& value);

  // Whether a row with `sort_key` that comes now goes before one with `other`.
  bool GoesBefore(std::string_view sort_key, std::string_view other) const {
    return latest_first_ ? sort_key <= other : sort_key < other;
  }

  // Takes the next row off `tail`. False at its end.
  static bool Next(std::string_view& tail, RankedRow& row);

 private:
  const int64_t most_;
  const bool latest_first_;
  std::string merged_;  // Scratch.
};

}  // namespace millrace
