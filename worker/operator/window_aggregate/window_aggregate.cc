#include "worker/operator/window_aggregate/window_aggregate.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_primitive.h"
#include "common/base/absl_view.h"
#include "common/base/byte_order.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/metrics/metrics.h"
#include "common/plan/operator_rules.h"
#include "worker/aggregate/accumulators.h"
#include "worker/aggregate/batch_fold.h"
#include "worker/aggregate/batch_groups.h"
#include "worker/operator/window_aggregate/tumbling_windows.h"
#include "worker/operator/window_aggregate/window_results.h"

namespace millrace {
namespace {

constexpr std::string_view kWatermark = "watermark";

std::string EncodeNumber(int64_t number) {
  std::string bytes(sizeof number, '\0');
  StoreLittle(bytes.data(), static_cast<uint64_t>(number));
  return bytes;
}

absl::StatusOr<int64_t> DecodeNumber(std::string_view name, std::string_view bytes) {
  if (bytes.size() != sizeof(int64_t)) {
    return absl::DataLossError(absl::StrCat("'", AbslView(name),
                                            "' in the checkpoint is damaged: ", bytes.size(),
                                            " bytes, not 8; restore from another checkpoint"));
  }
  return static_cast<int64_t>(LoadLittle<uint64_t>(bytes.data()));
}

struct WindowAggregateParts {
  std::string state_id;
  int time_column = 0;
  std::string time_name;
  TumblingWindows windows;
  AccumulatorLayout layout;
  KeyCodec keys;
  Schema output;
};

class WindowAggregate final : public Operator {
 public:
  explicit WindowAggregate(WindowAggregateParts parts)
      : parts_(std::move(parts)),
        groups_(parts_.keys),
        fold_(parts_.layout),
        results_(parts_.layout, parts_.keys, parts_.output, parts_.windows.size_ms()) {}

  absl::Status Open(const TaskContext& context, const StateReader* restored) override {
    fired_metric_ = context.metrics->GetCounter("millrace_task_timers_fired_total");
    late_metric_ = context.metrics->GetCounter("millrace_operator_late_records_dropped_total",
                                               {{"operator", parts_.state_id}});
    if (restored != nullptr) RETURN_IF_ERROR(Restore(*restored));
    ASSIGN_OR_RETURN(state_, context.open_state({.state_id = parts_.state_id,
                                                 .schema_version = kAccumulatorsVersion,
                                                 .value_bytes = parts_.layout.value_bytes(),
                                                 .has_tail = parts_.layout.strings() > 0}));
    return absl::OkStatus();
  }

  absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) override {
    if (!batch.insert_only()) RETURN_IF_ERROR(CheckKinds(batch));
    RETURN_IF_ERROR(AssignSlices(batch));
    RETURN_IF_ERROR(groups_.Assign(batch, slices_));
    if (groups_.keys().empty()) return Progress::kDone;
    fold_.Fold(batch, groups_.group_of_row(), groups_.groups());
    merging_ = std::move(batch);
    return MergeIntoState();
  }

  absl::StatusOr<Progress> OnWatermark(EventTime watermark, Output& out) override {
    watermark_ = watermark;
    firing_.clear();
    for (const int64_t end_ms : state_->Namespaces()) {
      if (TumblingWindows::Completes(watermark.millis(), end_ms)) firing_.push_back(end_ms);
    }
    std::reverse(firing_.begin(), firing_.end());  // The earliest is taken off the back.
    return Fire(out);
  }

  absl::StatusOr<Progress> Resume(Output& out) override {
    if (merging_.num_rows() > 0) return MergeIntoState();
    return Fire(out);
  }

  void Snapshot(StateWriter& state) const override {
    state.Put(kWatermark, EncodeNumber(watermark_.millis()));
  }

 private:
  // Rescaling merges watermarks by minimum: a late row kept does less harm than a timely row lost.
  absl::Status Restore(const StateReader& restored) {
    EventTime least = EventTime::Max();
    const std::vector<std::string> watermarks = restored.Get(kWatermark);
    for (const std::string& bytes : watermarks) {
      ASSIGN_OR_RETURN(const int64_t millis, DecodeNumber(kWatermark, bytes));
      least = std::min(least, EventTime(millis));
    }
    if (!watermarks.empty()) watermark_ = least;
    return absl::OkStatus();
  }

  static absl::Status CheckKinds(const Batch& batch) {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (batch.row_kind(row) == RowKind::kInsert) continue;
      return absl::UnimplementedError(
          absl::StrCat("a window aggregate over rows that change others (",
                       RowKindString(batch.row_kind(row)), ") is valid in Flink, not built yet"));
    }
    return absl::OkStatus();
  }

  // The namespace of each row's slice in slices_; late rows are counted.
  absl::Status AssignSlices(const Batch& batch) {
    const auto& times =
        static_cast<const arrow::TimestampArray&>(*batch.column(parts_.time_column));
    if (times.null_count() > 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("column '", parts_.time_name,
                       "' is the event time of a window and NULL in a row; filter such rows with "
                       "WHERE ... IS NOT NULL"));
    }
    const int64_t* millis = times.raw_values();
    const int64_t watermark = watermark_.millis();
    slices_.resize(static_cast<size_t>(batch.num_rows()));
    int64_t late = 0;
    // The window of the last row, which most rows share, and its slice.
    int64_t start = 0;
    int64_t end = std::numeric_limits<int64_t>::min();
    int64_t slice = 0;
    for (size_t row = 0; row < slices_.size(); ++row) {
      const int64_t time = millis[row];
      if (time >= end || time < start) {
        if (!TumblingWindows::InReach(time)) return OutOfReach();
        end = parts_.windows.EndOf(time);
        start = end - parts_.windows.size_ms();
        slice = TumblingWindows::Completes(watermark, end) ? BatchGroups::kLate : end;
      }
      slices_[row] = slice;
      late += slice == BatchGroups::kLate ? 1 : 0;
    }
    if (late > 0) late_metric_->Add(static_cast<double>(late));
    return absl::OkStatus();
  }

  absl::Status OutOfReach() const {
    return absl::InvalidArgumentError(
        absl::StrCat("column '", parts_.time_name,
                     "' is the event time of a window and more than 73 million years away in a "
                     "row; is it in milliseconds?"));
  }

  // Adds the folded batch to the state, once its entries are in RAM.
  absl::StatusOr<Progress> MergeIntoState() {
    const std::vector<StateKey>& keys = groups_.keys();
    ASSIGN_OR_RETURN(const Progress progress, state_->Prefetch(keys));
    if (progress != Progress::kDone) return progress;
    for (size_t i = 0; i < keys.size(); ++i) {
      bool created = false;
      const StateValue value = state_->Upsert(keys[i], &created);
      const auto group = static_cast<int64_t>(i) + 1;
      parts_.layout.Merge(fold_.value(group), fold_.strings(group), value);
    }
    merging_ = Batch();
    return Progress::kDone;
  }

  // Emits the windows that are to fire, earliest first, and forgets each.
  absl::StatusOr<Progress> Fire(Output& out) {
    while (!firing_.empty()) {
      if (out.full()) return Progress::kBlockedOutput;
      const int64_t end_ms = firing_.back();
      if (cursor_ == nullptr) cursor_ = state_->Scan(end_ms);
      RETURN_IF_ERROR(cursor_->Next(results_.room(), entries_));
      if (entries_.empty()) {
        cursor_.reset();
        state_->DropNamespace(end_ms);
        firing_.pop_back();
        fired_metric_->Add();
        continue;
      }
      RETURN_IF_ERROR(results_.Append(entries_, end_ms));
      if (results_.full()) RETURN_IF_ERROR(EmitResults(out));
    }
    if (results_.rows() > 0) RETURN_IF_ERROR(EmitResults(out));
    return Progress::kDone;
  }

  absl::Status EmitResults(Output& out) {
    ASSIGN_OR_RETURN(Batch batch, results_.Finish());
    out.Emit(std::move(batch));
    return absl::OkStatus();
  }

  const WindowAggregateParts parts_;
  KeyedState* state_ = nullptr;
  Counter* late_metric_ = nullptr;
  Counter* fired_metric_ = nullptr;

  EventTime watermark_ = EventTime::Min();  // Until the first watermark, nothing is late.

  // A batch on its way into the state. It is kept because the fold points into its strings.
  Batch merging_;
  std::vector<int64_t> slices_;
  BatchGroups groups_;
  BatchFold fold_;

  // Windows on their way out.
  std::vector<int64_t> firing_;  // Ends, the earliest at the back.
  std::unique_ptr<NamespaceCursor> cursor_;
  std::vector<NamespaceCursor::Entry> entries_;
  WindowResults results_;
};

std::string_view NameOf(WindowKind kind) {
  switch (kind) {
    case WindowKind::kTumble:
      return "TUMBLE";
    case WindowKind::kHop:
      return "HOP";
    case WindowKind::kCumulate:
      return "CUMULATE";
    case WindowKind::kSession:
      return "SESSION";
  }
  return "?";
}

absl::Status InOperator(const OperatorNode& node, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(node.name, ": ", status.message()));
}

absl::Status CheckWindow(const WindowSpec& window) {
  if (window.kind != WindowKind::kTumble) {
    return absl::UnimplementedError(absl::StrCat("the window ", AbslView(NameOf(window.kind)),
                                                 " is valid in Flink, not built yet; use TUMBLE"));
  }
  if (window.size_ms > TumblingWindows::kFarthestMs) {
    return absl::InvalidArgumentError("the size of the window is beyond 73 million years");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Operator>> NewWindowAggregate(const OperatorNode& node,
                                                             const Schema& input) {
  const auto& spec = std::get<WindowAggregateSpec>(node.spec);
  absl::Status status = CheckWindow(spec.window);
  if (status.ok()) status = CheckOperator(node, input);
  if (!status.ok()) return InOperator(node, status);
  absl::StatusOr<AccumulatorLayout> layout = AccumulatorLayout::Create(spec.calls, input);
  if (!layout.ok()) return InOperator(node, layout.status());
  absl::StatusOr<KeyCodec> keys = KeyCodec::Create(input, spec.key_columns);
  if (!keys.ok()) return InOperator(node, keys.status());
  return std::make_unique<WindowAggregate>(WindowAggregateParts{
      .state_id = node.state_id,
      .time_column = spec.window.time_column,
      .time_name = input.field(spec.window.time_column).name,
      .windows = TumblingWindows(spec.window.size_ms, spec.window.offset_ms),
      .layout = *std::move(layout),
      .keys = *std::move(keys),
      .output = node.output,
  });
}

}  // namespace millrace
