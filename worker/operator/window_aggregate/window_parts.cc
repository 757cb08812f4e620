#include "worker/operator/window_aggregate/window_parts.h"

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"

namespace millrace {

WindowCounters CountersOf(const TaskContext& context, const WindowAggregateParts& parts) {
  return {.fired = context.metrics->GetCounter("millrace_task_timers_fired_total"),
          .late = context.metrics->GetCounter("millrace_operator_late_records_dropped_total",
                                              {{"operator", parts.state_id}})};
}

absl::StatusOr<KeyedState*> OpenAccumulators(const TaskContext& context,
                                             const WindowAggregateParts& parts) {
  return context.open_state({.state_id = parts.state_id,
                             .schema_version = kAccumulatorsVersion,
                             .value_bytes = parts.layout.value_bytes(),
                             .has_tail = parts.layout.parts() > 0});
}

absl::Status CheckInsertOnly(const Batch& batch) {
  if (batch.insert_only()) return absl::OkStatus();
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (batch.row_kind(row) == RowKind::kInsert) continue;
    return absl::UnimplementedError(
        absl::StrCat("a window aggregate over rows that change others (",
                     RowKindString(batch.row_kind(row)), ") is valid in Flink, not built yet"));
  }
  return absl::OkStatus();
}

absl::StatusOr<const int64_t*> TimesOf(const Batch& batch, const WindowAggregateParts& parts) {
  const auto& times =
      static_cast<const arrow::TimestampArray&>(*batch.column(parts.window.time_column));
  if (times.null_count() > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("column '", parts.time_name,
                     "' is the event time of a window and NULL in a row; filter such rows with "
                     "WHERE ... IS NOT NULL"));
  }
  return times.raw_values();
}

absl::Status OutOfReach(const WindowAggregateParts& parts) {
  return absl::InvalidArgumentError(
      absl::StrCat("column '", parts.time_name,
                   "' is the event time of a window and more than 73 million years away in a "
                   "row; is it in milliseconds?"));
}

}  // namespace millrace
