#include "common/columnar/batch.h"

#include "arrow/array/data.h"
#include "arrow/type.h"
#include "common/base/check.h"

namespace millrace {
namespace {

int64_t BitmapBytes(int64_t rows) { return (rows + 7) / 8; }

// The bytes of rows [offset, offset + length) of `data`; the offset counts from data.offset.
int64_t BytesOf(const arrow::ArrayData& data, int64_t offset, int64_t length) {
  int64_t bytes = data.MayHaveNulls() ? BitmapBytes(length) : 0;
  const int64_t first = data.offset + offset;
  switch (data.type->id()) {
    case arrow::Type::NA:
      return 0;
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      if (length == 0) return bytes;
      const int32_t* offsets = data.GetValues<int32_t>(1, 0);
      return bytes + (length + 1) * static_cast<int64_t>(sizeof(int32_t)) +
             (offsets[first + length] - offsets[first]);
    }
    case arrow::Type::LIST:
    case arrow::Type::MAP: {
      if (length == 0) return bytes;
      const int32_t* offsets = data.GetValues<int32_t>(1, 0);
      return bytes + (length + 1) * static_cast<int64_t>(sizeof(int32_t)) +
             BytesOf(*data.child_data[0], offsets[first], offsets[first + length] - offsets[first]);
    }
    case arrow::Type::STRUCT:
      for (const auto& child : data.child_data) bytes += BytesOf(*child, first, length);
      return bytes;
    case arrow::Type::BOOL:
      return bytes + BitmapBytes(length);
    default:
      return bytes + length * data.type->byte_width();
  }
}

}  // namespace

const char* RowKindString(RowKind kind) {
  switch (kind) {
    case RowKind::kInsert:
      return "+I";
    case RowKind::kUpdateBefore:
      return "-U";
    case RowKind::kUpdateAfter:
      return "+U";
    case RowKind::kDelete:
      return "-D";
  }
  return "??";
}

Batch::Batch(std::shared_ptr<arrow::RecordBatch> columns,
             std::shared_ptr<const std::vector<RowKind>> row_kinds)
    : columns_(std::move(columns)), row_kinds_(std::move(row_kinds)) {
  CHECK(columns_ != nullptr);
  CHECK(row_kinds_ == nullptr || static_cast<int64_t>(row_kinds_->size()) == columns_->num_rows());
}

Batch Batch::Slice(int64_t offset, int64_t length) const {
  CHECK(offset >= 0 && length >= 0 && offset + length <= num_rows());
  if (length == num_rows()) return *this;
  std::shared_ptr<const std::vector<RowKind>> kinds;
  if (row_kinds_ != nullptr) {
    kinds = std::make_shared<std::vector<RowKind>>(row_kinds_->begin() + offset,
                                                   row_kinds_->begin() + offset + length);
  }
  return Batch(columns_->Slice(offset, length), std::move(kinds));
}

int64_t Batch::bytes() const {
  int64_t bytes = row_kinds_ == nullptr ? 0 : num_rows();
  for (int i = 0; i < num_columns(); ++i) {
    bytes += BytesOf(*columns_->column_data(i), 0, num_rows());
  }
  return bytes;
}

}  // namespace millrace
