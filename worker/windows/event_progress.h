// How far event time has come in an operator with windows, over restarts and rescales.
//
// The watermark is state: a replay drops the same rows and fires no window twice. After a restore
// the least watermark of all former tasks counts, since a late row kept does less harm than a
// timely row lost. Key groups of tasks that had come further have fired windows already, whose
// slices may still be there for later ones: IsAhead says so. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/base/event_time.h"
#include "common/plan/key_groups.h"
#include "worker/contract/operator.h"
#include "worker/contract/state_io.h"

namespace millrace {

class EventProgress {
 public:
  // `restored` may be null. kDataLoss for bytes that Snapshot cannot have written.
  absl::Status Open(const TaskContext& context, const StateReader* restored);
  void Snapshot(StateWriter& state) const;

  // Min() until the first watermark: nothing is late.
  EventTime watermark() const { return watermark_; }
  // Never goes back: what has fired stays fired.
  void Advance(EventTime watermark) { watermark_ = std::max(watermark_, watermark); }

  // Whether some key has fired the window that ends at `end_ms` before the restore.
  bool MayBeAhead(int64_t end_ms) const { return end_ms - 1 <= furthest_.millis(); }
  bool IsAhead(int64_t end_ms, std::string_view key) const;

 private:
  struct Reached {
    KeyGroupRange groups;
    EventTime watermark;
  };

  KeyGroupRange groups_;
  int32_t max_parallelism_ = 0;
  EventTime watermark_ = EventTime::Min();
  std::vector<Reached> ahead_;  // Of own key groups, where they were ahead of the watermark.
  EventTime furthest_ = EventTime::Min();  // Of those.
};

}  // namespace millrace
