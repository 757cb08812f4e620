// Drives a GROUP BY as a task would, in a few words:
//
//   GroupDriver groups({.input = kClicks, .keys = {0}, .calls = {Count()}});
//   groups.Input({{"a", 1}, {"a", 2}});
//   EXPECT_THAT(groups.Rows(), ElementsAre("+I[a, 2]"));
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/harness/collecting_output.h"
#include "tests/harness/connector_world.h"
#include "tests/harness/memory_state.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/operator/group_aggregate/group_aggregate.h"

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

struct GroupSetting {
  Schema input;
  std::vector<int> keys;
  std::vector<AggregateCall> calls;
  bool emits_update_before = true;
};

inline OperatorNode GroupNode(const GroupSetting& setting) {
  std::vector<Field> output;
  for (const int key : setting.keys) output.push_back(setting.input.field(key));
  for (size_t i = 0; i < setting.calls.size(); ++i) {
    output.push_back({absl::StrCat("call", i), setting.calls[i].result_type});
  }
  return {.name = "GroupAggregate",
          .state_id = "group-state",
          .output = Schema(std::move(output)),
          .spec = GroupAggregateSpec{.key_columns = setting.keys,
                                     .calls = setting.calls,
                                     .emits_update_before = setting.emits_update_before}};
}

class GroupDriver {
 public:
  explicit GroupDriver(GroupSetting setting)
      : setting_(std::move(setting)), node_(GroupNode(setting_)) {
    auto made = NewGroupAggregate(node_, setting_.input);
    EXPECT_OK(made);
    operator_ = *std::move(made);
  }

  // Before anything else, if state is to be taken over from another run.
  void AdoptState(const GroupDriver& other) { state_ = other.state_; }

  absl::StatusOr<Progress> TryBatch(Batch batch) {
    Open();
    return operator_->OnBatch(std::move(batch), output_);
  }
  absl::StatusOr<Progress> TryInput(const std::vector<RowValues>& rows,
                                    std::vector<RowKind> kinds = {}) {
    return TryBatch(MakeBatch(setting_.input, rows, std::move(kinds)));
  }
  void Input(const std::vector<RowValues>& rows) {
    EXPECT_THAT(TryInput(rows), IsOkAndHolds(Progress::kDone));
  }
  absl::StatusOr<Progress> Resume() { return operator_->Resume(output_); }

  // The rows that came out since last asked, as `print` shows them.
  std::vector<std::string> Rows() { return output_.TakeRows(node_.output); }
  CollectingOutput& output() { return output_; }
  const Schema& columns() const { return node_.output; }
  MemoryState& state() {
    Open();
    return *state_;
  }

 private:
  void Open() {
    if (std::exchange(is_open_, true)) return;
    TaskContext context = world_.Context({});
    context.open_state = [this](const StateTableOptions& options) -> absl::StatusOr<KeyedState*> {
      if (state_ == nullptr) state_ = std::make_shared<MemoryState>(options);
      return state_.get();
    };
    EXPECT_OK(operator_->Open(context, nullptr));
  }

  const GroupSetting setting_;
  const OperatorNode node_;
  ConnectorWorld world_;
  std::shared_ptr<MemoryState> state_;
  std::unique_ptr<Operator> operator_;
  bool is_open_ = false;
  CollectingOutput output_;
};

}  // namespace millrace
