// Drives a window aggregate as a task would, in a few words:
//
//   WindowDriver window({.input = kBids, .keys = {1}, .calls = {Count()}, .size_ms = 10'000});
//   window.Input({{"00:00:01", "a"}});
//   window.Watermark("00:00:10");
//   EXPECT_THAT(window.Rows(), ElementsAre(...));
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/columnar/temporal_parse.h"
#include "common/metrics/metrics.h"
#include "tests/harness/collecting_output.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/memory_state.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/operator/window_aggregate/window_aggregate.h"

namespace millrace {

inline AggregateCall Count(std::optional<int> argument = std::nullopt) {
  return {.argument = argument, .result_type = DataType::BigInt()};
}
inline AggregateCall Call(AggregateFunction function, int argument, DataType result_type) {
  return {.function = function, .argument = argument, .result_type = std::move(result_type)};
}
inline AggregateCall Filtered(AggregateCall call, int filter_column) {
  call.filter_column = filter_column;
  return call;
}

struct WindowSetting {
  Schema input;
  std::vector<int> keys;
  std::vector<AggregateCall> calls;
  int64_t size_ms = 10'000;
  int64_t offset_ms = 0;
  int time_column = 0;
  WindowKind kind = WindowKind::kTumble;
  int64_t slide_ms = 0;  // 0: the size.
  int start_column = 0;
  bool rows_of_extreme = false;
  bool processing_time = false;
  std::string time_zone;
};

inline OperatorNode WindowNode(const WindowSetting& setting) {
  std::vector<Field> output;
  if (setting.rows_of_extreme) output = setting.input.fields();
  for (const int key : setting.keys) output.push_back(setting.input.field(key));
  for (size_t i = 0; i < setting.calls.size() && !setting.rows_of_extreme; ++i) {
    output.push_back({absl::StrCat("call", i), setting.calls[i].result_type});
  }
  if (!setting.rows_of_extreme) {
    output.push_back({"window_start", DataType::Timestamp(3)});
    output.push_back({"window_end", DataType::Timestamp(3)});
    output.push_back({"window_time", setting.input.field(setting.time_column).type});
  }
  return {.name = "TUMBLE(at)",
          .state_id = "window-state",
          .output = Schema(std::move(output)),
          .spec = WindowAggregateSpec{
              .window = {.kind = setting.kind,
                         .time_column = setting.time_column,
                         .size_ms = setting.size_ms,
                         .slide_ms = setting.slide_ms == 0 ? setting.size_ms : setting.slide_ms,
                         .offset_ms = setting.offset_ms,
                         .start_column = setting.start_column,
                         .processing_time = setting.processing_time,
                         .time_zone = setting.time_zone},
              .key_columns = setting.keys,
              .calls = setting.calls,
              .rows_of_extreme = setting.rows_of_extreme}};
}

// "12:00:05" of 1970-01-01, or a whole timestamp.
inline EventTime At(const std::string& text) {
  const auto parsed = ParseTimestamp(text.size() < 19 ? "1970-01-01 " + text : text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return EventTime(*parsed->InUnitOf(3));
}

class WindowDriver {
 public:
  explicit WindowDriver(WindowSetting setting, const StateReader* restored = nullptr,
                        int task_index = 0)
      : setting_(std::move(setting)), node_(WindowNode(setting_)) {
    auto made = NewWindowAggregate(node_, setting_.input);
    EXPECT_OK(made);
    operator_ = *std::move(made);
    scope_ =
        registry_.root().Child({{"job", "j"}, {"job_name", "j"}, {"stage", "0"}, {"task", "0"}});
    TaskContext context = world_.Context({.index = task_index, .parallelism = task_index + 1});
    context.metrics = scope_.get();
    context.key_groups = {.begin = 0, .end = context.max_parallelism};
    context.open_state = [this](const StateTableOptions& options) -> absl::StatusOr<KeyedState*> {
      if (state_ == nullptr) state_ = std::make_shared<MemoryState>(options);
      return state_.get();
    };
    open_ = [this, context, restored] { EXPECT_OK(operator_->Open(context, restored)); };
  }

  // Before anything else, if state is to be taken over from another run.
  void AdoptState(const WindowDriver& other) { state_ = other.state_; }

  absl::StatusOr<Progress> TryInput(const std::vector<RowValues>& rows,
                                    std::vector<RowKind> kinds = {}) {
    return TryBatch(MakeBatch(setting_.input, rows, std::move(kinds)));
  }
  absl::StatusOr<Progress> TryBatch(Batch batch) {
    OpenOnce();
    return operator_->OnBatch(std::move(batch), output_);
  }
  void Input(const std::vector<RowValues>& rows) {
    EXPECT_THAT(TryInput(rows), IsOkAndHolds(Progress::kDone));
  }
  void Input(Batch batch) {
    EXPECT_THAT(TryBatch(std::move(batch)), IsOkAndHolds(Progress::kDone));
  }

  absl::StatusOr<Progress> TryWatermark(EventTime time) {
    OpenOnce();
    return operator_->OnWatermark(time, output_);
  }
  void Watermark(EventTime time) { EXPECT_THAT(TryWatermark(time), IsOkAndHolds(Progress::kDone)); }
  void Watermark(const std::string& time) { Watermark(At(time)); }
  absl::StatusOr<Progress> Resume() { return operator_->Resume(output_); }

  // The wall clock goes on, and what waits for it is called. It begins at 2024-01-01 00:00:00 UTC.
  void PassTime(absl::Duration by) {
    OpenOnce();
    world_.clock.Advance(by);
    const absl::Time now = world_.clock.Wall();
    if (operator_->NextTime() > now) return;
    EXPECT_THAT(operator_->OnTime(now, output_), IsOkAndHolds(Progress::kDone));
  }
  absl::Time NextTime() {
    OpenOnce();
    return operator_->NextTime();
  }

  // The rows that came out since last asked, as `print` shows them.
  std::vector<std::string> Rows() { return output_.TakeRows(node_.output); }
  CollectingOutput& output() { return output_; }
  MemoryState& state() {
    OpenOnce();
    return *state_;
  }
  TaskStateOfTest Snapshot() {
    OpenOnce();
    return SnapshotOf(*operator_);
  }

  // The value of the late counter, as Prometheus reads it.
  std::string LateRows() {
    OpenOnce();
    const std::string text = registry_.Expose();
    const std::string series = "millrace_operator_late_records_dropped_total{";
    const size_t at = text.find(series);
    if (at == std::string::npos) return "none";
    const size_t value = text.find("} ", at) + 2;
    return text.substr(value, text.find('\n', value) - value);
  }

 private:
  void OpenOnce() {
    if (open_) std::exchange(open_, nullptr)();
  }

  const WindowSetting setting_;
  const OperatorNode node_;
  ConnectorWorld world_;
  MetricRegistry registry_;
  std::unique_ptr<MetricScope> scope_;
  std::shared_ptr<MemoryState> state_;
  std::unique_ptr<Operator> operator_;
  std::function<void()> open_;
  CollectingOutput output_;
};

}  // namespace millrace
