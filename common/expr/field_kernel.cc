#include "common/expr/field_kernel.h"

#include "arrow/util/bitmap_ops.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

absl::StatusOr<std::shared_ptr<arrow::ArrayData>> FieldOf(const arrow::ArrayData& row, int index) {
  const arrow::ArrayData& child = *row.child_data[index];
  std::shared_ptr<arrow::ArrayData> field = child.Slice(row.offset, row.length);
  const bool row_has_nulls = row.buffers[0] != nullptr && row.GetNullCount() > 0;
  if (!row_has_nulls || field->type->id() == arrow::Type::NA) return field;
  const std::shared_ptr<arrow::Buffer>& own = field->buffers[0];
  const bool field_has_nulls = own != nullptr && field->GetNullCount() > 0;
  field->null_count = arrow::kUnknownNullCount;
  if (!field_has_nulls && field->offset == row.offset) {
    field->buffers[0] = row.buffers[0];
    field->null_count = row.GetNullCount();
    return field;
  }
  // The bitmap of a vector has the offset of its values.
  ASSIGN_OR_RETURN(std::shared_ptr<arrow::Buffer> valid,
                   AllocateBits(field->offset + field->length));
  if (field_has_nulls) {
    arrow::internal::BitmapAnd(row.buffers[0]->data(), row.offset, own->data(), field->offset,
                               field->length, field->offset, valid->mutable_data());
  } else {
    arrow::internal::CopyBitmap(row.buffers[0]->data(), row.offset, field->length,
                                valid->mutable_data(), field->offset);
  }
  field->buffers[0] = std::move(valid);
  return field;
}

}  // namespace

Kernel FieldKernel(int index) {
  return [index](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    const Vector& row = *arguments[0];
    ASSIGN_OR_RETURN(auto field, FieldOf(*row.data, index));
    return Vector{.data = std::move(field), .constant = row.constant, .errors = row.errors};
  };
}

}  // namespace millrace
