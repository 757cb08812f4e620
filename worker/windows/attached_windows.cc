#include "worker/windows/attached_windows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"
#include "common/base/status_macros.h"
#include "worker/windows/late_rows.h"
#include "worker/windows/sliced_windows.h"

namespace millrace {

absl::StatusOr<AttachedWindows> AttachedWindows::Create(const WindowSpec& window,
                                                        const Schema& input, int index) {
  TimeZone zone;
  if (!window.time_zone.empty()) {
    ASSIGN_OR_RETURN(zone, TimeZone::Load(window.time_zone));
  }
  return AttachedWindows(window, input, index, std::move(zone));
}

AttachedWindows::AttachedWindows(const WindowSpec& window, const Schema& input, int index,
                                 TimeZone zone)
    : end_column_(window.time_column),
      start_column_(window.start_column),
      end_name_(input.field(window.time_column).name),
      index_(index),
      zone_(std::move(zone)) {}

void AttachedWindows::Open(const TaskContext& context) {
  late_ = context.metrics->GetCounter("millrace_operator_late_records_dropped_total",
                                      {{"operator", context.state_id}});
}

absl::Status AttachedWindows::Assign(const Batch& batch, EventTime watermark,
                                     std::vector<int64_t>& ends, Output& out) {
  RETURN_IF_ERROR(CheckInsertOnly(batch));
  const auto& times = static_cast<const arrow::TimestampArray&>(*batch.column(end_column_));
  if (times.null_count() > 0 || batch.column(start_column_)->null_count() > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("column '", end_name_,
                     "' is the end of a window and NULL in a row; filter such rows with WHERE ... "
                     "IS NOT NULL"));
  }
  const int64_t complete_ms = CompleteMs(watermark);
  const int64_t* const values = times.raw_values();
  ends.resize(static_cast<size_t>(batch.num_rows()));
  int64_t late = 0;
  for (size_t row = 0; row < ends.size(); ++row) {
    if (!SlicedWindows::InReach(values[row])) {
      return absl::InvalidArgumentError(
          absl::StrCat("column '", end_name_,
                       "' is the end of a window and more than 73 million years away in a row"));
    }
    const bool is_late = SlicedWindows::Completes(complete_ms, values[row]);
    ends[row] = is_late ? kLateRow : values[row];
    late += is_late ? 1 : 0;
  }
  if (late == 0) return absl::OkStatus();
  late_->Add(static_cast<double>(late));
  return EmitLateRows(index_, batch, ends, out);
}

absl::Status AttachedWindows::CheckInsertOnly(const Batch& batch) const {
  if (batch.insert_only()) return absl::OkStatus();
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (batch.row_kind(row) == RowKind::kInsert) continue;
    return absl::UnimplementedError(
        absl::StrCat("an operation on windows over rows that change others (",
                     RowKindString(batch.row_kind(row)), ") is valid in Flink, not built yet"));
  }
  return absl::OkStatus();
}

}  // namespace millrace
