// The unit of data between operators: an immutable Arrow RecordBatch and, if any row is not an
// insert, the kinds of its rows. Copying a Batch copies two pointers. 1-4 K rows or 256 KB,
// whichever comes first (README.md, "Batches").
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/record_batch.h"

namespace millrace {

// How a row changes the result, with Flink's short strings. The numbers are on the wire and in
// files.
enum class RowKind : uint8_t { kInsert = 0, kUpdateBefore = 1, kUpdateAfter = 2, kDelete = 3 };

// "+I", "-U", "+U", "-D"
const char* RowKindString(RowKind kind);

class Batch {
 public:
  static constexpr int64_t kTargetRows = 4096;
  static constexpr int64_t kTargetBytes = 256 * 1024;

  Batch() = default;  // No columns, no rows.

  // REQUIRES: `row_kinds` is null, which means all kInsert, or holds one RowKind for each row of
  // `columns`.
  explicit Batch(std::shared_ptr<arrow::RecordBatch> columns,
                 std::shared_ptr<const std::vector<RowKind>> row_kinds = nullptr);

  int64_t num_rows() const { return columns_ == nullptr ? 0 : columns_->num_rows(); }
  int num_columns() const { return columns_ == nullptr ? 0 : columns_->num_columns(); }

  // REQUIRES: num_columns() > 0 or the batch was made from a RecordBatch.
  const std::shared_ptr<arrow::RecordBatch>& columns() const { return columns_; }
  const std::shared_ptr<arrow::Array>& column(int index) const {
    return columns_->columns()[index];
  }

  bool insert_only() const { return row_kinds_ == nullptr; }
  RowKind row_kind(int64_t row) const { return row_kinds_ ? (*row_kinds_)[row] : RowKind::kInsert; }
  const std::shared_ptr<const std::vector<RowKind>>& row_kinds() const { return row_kinds_; }

  // Rows [offset, offset + length), without copying columns. REQUIRES: the range is inside the
  // batch.
  Batch Slice(int64_t offset, int64_t length) const;

  // Bytes that the rows take: what credits, queues and metrics count. A slice counts its own rows
  // only.
  int64_t bytes() const;

 private:
  std::shared_ptr<arrow::RecordBatch> columns_;
  std::shared_ptr<const std::vector<RowKind>> row_kinds_;
};

}  // namespace millrace
