#include "worker/operator/window_aggregate/window_results.h"

#include <utility>

#include "arrow/array/builder_primitive.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {

WindowResults::WindowResults(const AccumulatorLayout& layout, KeyCodec codec, const Schema& output,
                             Extras extras)
    : schema_(output.ToArrow()), extras_(extras), results_(layout, std::move(codec)) {}

absl::Status WindowResults::Append(const std::vector<NamespaceCursor::Entry>& entries,
                                   WindowBounds window) {
  windows_.insert(windows_.end(), entries.size(), window);
  return results_.Append(entries);
}

absl::Status WindowResults::Append(const std::vector<NamespaceCursor::Entry>& entries,
                                   const std::vector<WindowBounds>& windows) {
  windows_.insert(windows_.end(), windows.begin(), windows.end());
  return results_.Append(entries);
}

bool WindowResults::full() const {
  constexpr int64_t kTimeBytes = 3 * 8;
  return rows() >= Batch::kTargetRows ||
         rows() * kTimeBytes + results_.bytes() >= Batch::kTargetBytes;
}

absl::StatusOr<std::shared_ptr<arrow::Array>> WindowResults::Times(int column,
                                                                   int64_t WindowBounds::*bound,
                                                                   int64_t shift_ms) const {
  arrow::TimestampBuilder builder(schema_->field(column)->type(), arrow::default_memory_pool());
  RETURN_IF_ERROR(FromArrow(builder.Reserve(rows())));
  for (const WindowBounds& window : windows_) builder.UnsafeAppend(window.*bound + shift_ms);
  return FromArrow(builder.Finish());
}

absl::StatusOr<Batch> WindowResults::Finish() {
  ASSIGN_OR_RETURN(std::vector<std::shared_ptr<arrow::Array>> columns, results_.Finish());
  columns.resize(columns.size() - static_cast<size_t>(extras_.calls));
  const int first = schema_->num_fields() - 3;  // Of the time columns, which are the last ones.
  std::shared_ptr<arrow::Array> starts;
  if (extras_.start_key.has_value()) {
    const auto start = columns.begin() + *extras_.start_key;
    starts = std::move(*start);
    columns.erase(start);
  } else {
    ASSIGN_OR_RETURN(starts, Times(first, &WindowBounds::start_ms, 0));
  }
  columns.push_back(std::move(starts));
  ASSIGN_OR_RETURN(columns.emplace_back(), Times(first + 1, &WindowBounds::end_ms, 0));
  ASSIGN_OR_RETURN(columns.emplace_back(), Times(first + 2, &WindowBounds::end_ms, -1));
  Batch batch(arrow::RecordBatch::Make(schema_, rows(), std::move(columns)));
  windows_.clear();
  return batch;
}

}  // namespace millrace
