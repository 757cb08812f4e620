// What a task gets from a checkpoint: a pure selection from the manifest.
//
// State is addressed by its id, not by the task that wrote it: after a change of parallelism a task
// sees the small state of all former tasks and the keyed state whose key groups meet its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/checkpoint/manifest.h"
#include "worker/contract/state_io.h"

namespace millrace {

class RestoredOperator final : public StateReader {
 public:
  RestoredOperator(const Manifest& manifest, const std::string& state_id);
  std::vector<std::string> Get(std::string_view name) const override;
  std::vector<std::vector<SegmentRef>> Segments() const override;

 private:
  std::vector<const OperatorSnapshot*> snapshots_;  // In task order.
};

// The parts of the keyed state `state_id` that meet `key_groups`.
std::vector<KeyedStateSnapshot> RestoredKeyedState(const Manifest& manifest,
                                                   const std::string& state_id,
                                                   const KeyGroupRange& key_groups);

// The watermarks with which the input gate of `task` continues: its own if the stage has as many
// tasks as then, else the least of all of them. A channel that had ended continues from the least
// of the task's others: if the task behind it has something to read now (a new partition), that
// must not be late. Empty: none were kept.
std::vector<EventTime> RestoredWatermarks(const Manifest& manifest, TaskId task,
                                          int32_t parallelism);

}  // namespace millrace
