// Drives one operator as a task would, in a few words:
//
//   OperatorDriver join(node, {kLeft, kRight}, *NewWindowJoin(node, {kLeft, kRight}));
//   join.Input(1, {{"a", 1}});
//   join.Watermark(10'000);
//   EXPECT_THAT(join.Rows(), ElementsAre(...));
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/hash.h"
#include "common/metrics/metrics.h"
#include "common/plan/key_groups.h"
#include "tests/harness/collecting_output.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/memory_state.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/contract/operator.h"

namespace millrace {

class OperatorDriver {
 public:
  struct Place {
    int32_t index = 0;
    int32_t parallelism = 1;
  };

  OperatorDriver(OperatorNode node, std::vector<Schema> inputs, std::unique_ptr<Operator> op)
      : OperatorDriver(std::move(node), std::move(inputs), std::move(op), Place{}) {}
  OperatorDriver(OperatorNode node, std::vector<Schema> inputs, std::unique_ptr<Operator> op,
                 Place place)
      : node_(std::move(node)), inputs_(std::move(inputs)), operator_(std::move(op)) {
    scope_ =
        registry_.root().Child({{"job", "j"}, {"job_name", "j"}, {"stage", "0"}, {"task", "0"}});
    context_ = world_.Context({.index = place.index, .parallelism = place.parallelism});
    context_.metrics = scope_.get();
    context_.state_id = node_.state_id;
    context_.key_groups = KeyGroupsOfTask(place.index, place.parallelism, context_.max_parallelism);
    context_.open_state = [this](const StateTableOptions& options) -> absl::StatusOr<KeyedState*> {
      state_ = std::make_unique<MemoryState>(options);
      if (fill_) fill_(*state_);
      return state_.get();
    };
  }

  OperatorDriver(const OperatorDriver&) = delete;
  OperatorDriver& operator=(const OperatorDriver&) = delete;

  // Before anything else: goes on from what `former` tasks had at a barrier, with the keys that are
  // this task's own.
  void RestoreFrom(const std::vector<OperatorDriver*>& former) {
    std::vector<TaskStateOfTest> tasks;
    for (OperatorDriver* driver : former) tasks.push_back(driver->Snapshot());
    fill_ = [this, former](MemoryState& state) {
      for (OperatorDriver* driver : former) CopyOwn(*driver->state_, state);
    };
    restored_ = std::make_unique<RestoredOfTest>(std::move(tasks));
  }

  absl::StatusOr<Progress> TryInput(int input, const std::vector<RowValues>& rows,
                                    std::vector<RowKind> kinds = {}) {
    OpenOnce();
    const Schema& schema = inputs_[static_cast<size_t>(input)];
    return operator_->OnInput(input, MakeBatch(schema, rows, std::move(kinds)), output_);
  }
  void Input(int input, const std::vector<RowValues>& rows) {
    EXPECT_THAT(TryInput(input, rows), IsOkAndHolds(Progress::kDone));
  }
  absl::StatusOr<Progress> TryWatermark(EventTime time) {
    OpenOnce();
    return operator_->OnWatermark(time, output_);
  }
  void Watermark(int64_t millis) { Watermark(EventTime(millis)); }
  void Watermark(EventTime time) { EXPECT_THAT(TryWatermark(time), IsOkAndHolds(Progress::kDone)); }
  absl::StatusOr<Progress> Resume() { return operator_->Resume(output_); }

  // The rows that came out since last asked, as `print` shows them.
  std::vector<std::string> Rows() { return output_.TakeRows(node_.output); }
  std::vector<std::string> LateRows(int input) {
    return output_.TakeLateRows(input, inputs_[static_cast<size_t>(input)]);
  }
  CollectingOutput& output() { return output_; }
  MemoryState& state() {
    OpenOnce();
    return *state_;
  }
  TaskStateOfTest Snapshot() {
    OpenOnce();
    return SnapshotOf(*operator_);
  }

  // The late rows counted, as Prometheus reads it.
  std::string LateCount() {
    OpenOnce();
    const std::string text = registry_.Expose();
    const size_t at = text.find("millrace_operator_late_records_dropped_total{");
    if (at == std::string::npos) return "none";
    const size_t value = text.find("} ", at) + 2;
    return text.substr(value, text.find('\n', value) - value);
  }

 private:
  void OpenOnce() {
    if (std::exchange(opened_, true)) return;
    EXPECT_OK(operator_->Open(context_, restored_.get()));
  }

  void CopyOwn(MemoryState& from, MemoryState& to) const {
    for (const int64_t id : from.Namespaces()) {
      const std::unique_ptr<NamespaceCursor> cursor = from.Scan(id);
      std::vector<NamespaceCursor::Entry> entries;
      EXPECT_OK(cursor->Next(1'000'000, entries));
      for (const NamespaceCursor::Entry& entry : entries) {
        const StateKey key{.state_namespace = id, .key = entry.key, .hash = HashKey(entry.key)};
        const KeyGroup group = KeyGroupOfHash(key.hash, context_.max_parallelism);
        if (!context_.key_groups.Contains(group)) continue;
        EXPECT_OK(to.Prefetch({&key, 1}));
        bool created = false;
        const StateValue value = to.Upsert(key, &created);
        std::memcpy(value.fixed, entry.fixed, static_cast<size_t>(to.options().value_bytes));
        if (value.tail != nullptr) value.tail->assign(entry.tail);
      }
    }
  }

  const OperatorNode node_;
  const std::vector<Schema> inputs_;
  ConnectorWorld world_;
  MetricRegistry registry_;
  std::unique_ptr<MetricScope> scope_;
  TaskContext context_;
  std::unique_ptr<MemoryState> state_;
  std::function<void(MemoryState&)> fill_;
  std::unique_ptr<RestoredOfTest> restored_;
  std::unique_ptr<Operator> operator_;
  bool opened_ = false;
  CollectingOutput output_;
};

}  // namespace millrace
