// Turns entries of the state into result rows: keys, the results of the calls, window_start,
// window_end, window_time. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/type_fwd.h"
#include "common/columnar/batch.h"
#include "common/columnar/schema.h"
#include "worker/aggregate/aggregate_results.h"

namespace millrace {

class WindowResults {
 public:
  // `layout` outlives this; `output` is the operator's.
  WindowResults(const AccumulatorLayout& layout, KeyCodec codec, const Schema& output,
                int64_t window_size_ms);

  // Adds a row for each of `entries`, of the window that ends at `end_ms`. Copies what it needs.
  absl::Status Append(const std::vector<NamespaceCursor::Entry>& entries, int64_t end_ms);

  int64_t rows() const { return static_cast<int64_t>(ends_ms_.size()); }
  // A batch is complete; REQUIRES: no more than room() entries at a time.
  bool full() const;
  int64_t room() const { return Batch::kTargetRows - rows(); }

  // The rows so far, which are then forgotten.
  absl::StatusOr<Batch> Finish();

 private:
  absl::StatusOr<std::shared_ptr<arrow::Array>> Times(int64_t shift_ms) const;

  const std::shared_ptr<arrow::Schema> schema_;
  const int64_t window_size_ms_;

  AggregateResults results_;
  std::vector<int64_t> ends_ms_;
};

}  // namespace millrace
