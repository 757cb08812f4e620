#include "worker/operator/window_aggregate/window_results.h"

#include <utility>

#include "arrow/array/builder_primitive.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {

WindowResults::WindowResults(const AccumulatorLayout& layout, KeyCodec codec, const Schema& output,
                             int64_t window_size_ms)
    : schema_(output.ToArrow()),
      window_size_ms_(window_size_ms),
      results_(layout, std::move(codec)) {}

absl::Status WindowResults::Append(const std::vector<NamespaceCursor::Entry>& entries,
                                   int64_t end_ms) {
  ends_ms_.insert(ends_ms_.end(), entries.size(), end_ms);
  return results_.Append(entries);
}

bool WindowResults::full() const {
  constexpr int64_t kTimeBytes = 3 * 8;
  return rows() >= Batch::kTargetRows ||
         rows() * kTimeBytes + results_.bytes() >= Batch::kTargetBytes;
}

absl::StatusOr<std::shared_ptr<arrow::Array>> WindowResults::Times(int64_t shift_ms) const {
  // The time columns are the last ones, all of one type.
  arrow::TimestampBuilder builder(schema_->fields().back()->type(), arrow::default_memory_pool());
  RETURN_IF_ERROR(FromArrow(builder.Reserve(rows())));
  for (const int64_t end_ms : ends_ms_) builder.UnsafeAppend(end_ms + shift_ms);
  return FromArrow(builder.Finish());
}

absl::StatusOr<Batch> WindowResults::Finish() {
  ASSIGN_OR_RETURN(std::vector<std::shared_ptr<arrow::Array>> columns, results_.Finish());
  for (const int64_t shift_ms : {-window_size_ms_, int64_t{0}, int64_t{-1}}) {
    ASSIGN_OR_RETURN(std::shared_ptr<arrow::Array> column, Times(shift_ms));
    columns.push_back(std::move(column));
  }
  Batch batch(arrow::RecordBatch::Make(schema_, rows(), std::move(columns)));
  ends_ms_.clear();
  return batch;
}

}  // namespace millrace
