#include "worker/task/restored_task.h"

#include <algorithm>

namespace millrace {

namespace {

std::vector<EventTime> Reopened(std::vector<EventTime> watermarks) {
  const auto least = std::min_element(watermarks.begin(), watermarks.end());
  if (least != watermarks.end()) {
    std::replace(watermarks.begin(), watermarks.end(), EventTime::Max(), EventTime(*least));
  }
  return watermarks;
}

}  // namespace

RestoredOperator::RestoredOperator(const Manifest& manifest, const std::string& state_id) {
  for (const TaskSnapshot& task : manifest.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      if (snapshot.state_id == state_id) snapshots_.push_back(&snapshot);
    }
  }
}

std::vector<std::string> RestoredOperator::Get(std::string_view name) const {
  std::vector<std::string> values;
  for (const OperatorSnapshot* snapshot : snapshots_) {
    const auto value = snapshot->values.find(std::string(name));
    if (value != snapshot->values.end()) values.push_back(value->second);
  }
  return values;
}

std::vector<std::vector<SegmentRef>> RestoredOperator::Segments() const {
  std::vector<std::vector<SegmentRef>> segments;
  for (const OperatorSnapshot* snapshot : snapshots_) segments.push_back(snapshot->segments);
  return segments;
}

std::vector<KeyedStateSnapshot> RestoredKeyedState(const Manifest& manifest,
                                                   const std::string& state_id,
                                                   const KeyGroupRange& key_groups) {
  std::vector<KeyedStateSnapshot> restored;
  for (const TaskSnapshot& task : manifest.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      if (snapshot.state_id != state_id) continue;
      for (const KeyedStateSnapshot& keyed : snapshot.keyed) {
        if (keyed.key_groups.Overlaps(key_groups)) restored.push_back(keyed);
      }
    }
  }
  return restored;
}

std::vector<EventTime> RestoredWatermarks(const Manifest& manifest, TaskId task,
                                          int32_t parallelism) {
  int32_t former_parallelism = 0;
  const TaskSnapshot* own = nullptr;
  EventTime least = EventTime::Max();
  bool any = false;
  for (const TaskSnapshot& former : manifest.tasks) {
    if (former.task.stage != task.stage) continue;
    ++former_parallelism;
    if (former.task == task) own = &former;
    for (const EventTime watermark : former.input_watermarks) {
      least = std::min(least, watermark);
      any = true;
    }
  }
  if (former_parallelism == parallelism && own != nullptr) return Reopened(own->input_watermarks);
  return any ? std::vector<EventTime>{least} : std::vector<EventTime>{};
}

}  // namespace millrace
