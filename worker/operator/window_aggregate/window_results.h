// Turns entries of the state into result rows: keys, the results of the calls, window_start,
// window_end, window_time. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/type_fwd.h"
#include "common/columnar/batch.h"
#include "common/columnar/schema.h"
#include "worker/aggregate/aggregate_results.h"

namespace millrace {

// [start, end) in milliseconds.
struct WindowBounds {
  int64_t start_ms = 0;
  int64_t end_ms = 0;
};

class WindowResults {
 public:
  // What of the keys and calls is no column of the output as such.
  struct Extras {
    std::optional<int> start_key;  // The key that is window_start; the bounds' starts say nothing.
    int calls = 0;                 // The last ones are the operator's own.
  };

  // `layout` outlives this; `output` is the operator's.
  WindowResults(const AccumulatorLayout& layout, KeyCodec codec, const Schema& output,
                Extras extras);

  // Adds a row for each of `entries`, all of one window. Copies what it needs.
  absl::Status Append(const std::vector<NamespaceCursor::Entry>& entries, WindowBounds window);
  // The same, each entry with a window of its own.
  absl::Status Append(const std::vector<NamespaceCursor::Entry>& entries,
                      const std::vector<WindowBounds>& windows);

  int64_t rows() const { return static_cast<int64_t>(windows_.size()); }
  // A batch is complete; REQUIRES: no more than room() entries at a time.
  bool full() const;
  int64_t room() const { return Batch::kTargetRows - rows(); }

  // The rows so far, which are then forgotten.
  absl::StatusOr<Batch> Finish();

 private:
  absl::StatusOr<std::shared_ptr<arrow::Array>> Times(int column, int64_t WindowBounds::*bound,
                                                      int64_t shift_ms) const;

  const std::shared_ptr<arrow::Schema> schema_;
  const Extras extras_;

  AggregateResults results_;
  std::vector<WindowBounds> windows_;  // Of the rows.
};

}  // namespace millrace
