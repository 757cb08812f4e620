// All keyed state of one task: a table per stateful operator, frozen together at barriers.
//
// RAM is the truth between barriers; RocksDB holds what has been materialised and what does not fit
// (README.md). Driven by the task's thread; Open and the destructor may block and belong on the io
// executor, before the first and after the last of the other calls.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"
#include "worker/contract/frozen_state.h"
#include "worker/contract/keyed_state.h"
#include "worker/state/task_state_options.h"

namespace millrace {

class StateTable;

class TaskState {
 public:
  explicit TaskState(TaskStateOptions options);
  ~TaskState();
  TaskState(const TaskState&) = delete;
  TaskState& operator=(const TaskState&) = delete;

  // The table of one operator, with what `restored`, snapshots of disjoint key groups, hold of this
  // task's key groups. kDataLoss naming the file if one is damaged, kFailedPrecondition if the
  // layout of the values is another one, kInvalidArgument if the operator has a table already. The
  // state stays this object's.
  absl::StatusOr<KeyedState*> Open(const StateTableOptions& options,
                                   std::vector<KeyedStateSnapshot> restored);

  // Holds everything as it is now; copies no values. `epoch` is above that of the call before.
  std::unique_ptr<FrozenState> Freeze(Epoch epoch);

  // The checkpoint of `epoch` is committed. Nothing depends on this; it is a good moment to give
  // back memory.
  void OnDurable(Epoch epoch);

 private:
  const TaskStateOptions options_;
  const std::shared_ptr<std::atomic<int64_t>> table_files_;  // Named so far; makes names unique.
  std::vector<std::unique_ptr<StateTable>> tables_;          // In the order of the chain.
};

}  // namespace millrace
