#include "worker/windows/late_rows.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "arrow/array/builder_primitive.h"
#include "arrow/compute/api_vector.h"
#include "arrow/datum.h"
#include "arrow/record_batch.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {

absl::Status EmitLateRows(int input, const Batch& batch, const std::vector<int64_t>& slices,
                          Output& out) {
  const auto count = std::count(slices.begin(), slices.end(), kLateRow);
  if (count == 0 || !out.takes_late(input)) return absl::OkStatus();
  if (count == batch.num_rows()) {
    out.EmitLate(input, batch);
    return absl::OkStatus();
  }
  arrow::Int64Builder rows;
  RETURN_IF_ERROR(FromArrow(rows.Reserve(count)));
  for (size_t row = 0; row < slices.size(); ++row) {
    if (slices[row] == kLateRow) rows.UnsafeAppend(static_cast<int64_t>(row));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<arrow::Array> indexes, FromArrow(rows.Finish()));
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const std::shared_ptr<arrow::Array>& column : batch.columns()->columns()) {
    ASSIGN_OR_RETURN(columns.emplace_back(), FromArrow(arrow::compute::Take(*column, *indexes)));
  }
  out.EmitLate(
      input, Batch(arrow::RecordBatch::Make(batch.columns()->schema(), count, std::move(columns))));
  return absl::OkStatus();
}

}  // namespace millrace
