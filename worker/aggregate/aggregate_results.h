// Turns values of groups into the columns that an aggregation gives: the keys, then the result of
// each call. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/array/array_base.h"
#include "arrow/array/builder_base.h"
#include "common/columnar/key_codec.h"
#include "worker/aggregate/accumulators.h"
#include "worker/aggregate/listed_results.h"
#include "worker/contract/keyed_state.h"

namespace millrace {

class AggregateResults {
 public:
  // `layout` outlives this.
  AggregateResults(const AccumulatorLayout& layout, KeyCodec codec);

  // Adds a row for each of `entries`. Copies what it needs. kInvalidArgument for what SQL calls a
  // run-time error, e.g. a key that JSON_OBJECTAGG has twice.
  absl::Status Append(const std::vector<NamespaceCursor::Entry>& entries);

  int64_t rows() const { return static_cast<int64_t>(key_ends_.size()); }
  // About what the rows so far take.
  int64_t bytes() const;

  // The columns of the rows so far, which are then forgotten.
  absl::StatusOr<std::vector<std::shared_ptr<arrow::Array>>> Finish();

 private:
  // Of a call that shows its part of the tail.
  absl::Status AppendPart(size_t call, bool is_set, std::string_view part);

  const AccumulatorLayout& layout_;
  const KeyCodec codec_;

  std::string keys_;
  std::vector<size_t> key_ends_;
  // Of each call one of both.
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> calls_;
  std::vector<std::unique_ptr<ListedResults>> listed_;
  std::vector<std::string_view> parts_;  // Of the tails of the entries at hand, entry by entry.
  int64_t part_bytes_ = 0;
};

// Whether two values of a group give the same results: nothing to tell downstream.
bool HaveSameResults(const AccumulatorLayout& layout, const NamespaceCursor::Entry& a,
                     const NamespaceCursor::Entry& b);

}  // namespace millrace
