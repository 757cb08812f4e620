// The watermark of a source task from those of its splits: a pure state machine.
//
// The task's watermark is the minimum over splits that are active. A split is idle only if the
// table sets an idle timeout, no record came for that long, and the connector has proven that the
// split is caught up with its end: the proof prevents false idleness, it never declares it. A
// bounded split at its end no longer holds the watermark back; only when every split has ended is
// the watermark the end of time. A task without splits is idle at once.
#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "common/base/event_time.h"
#include "worker/contract/source.h"

namespace millrace {

class SplitWatermarks {
 public:
  struct Outcome {
    std::optional<EventTime> watermark;  // The task's, if it rose.
    std::optional<bool>
        idle;  // The task's, if it changed. Active comes before the watermark, idle after it.

    friend bool operator==(const Outcome&, const Outcome&) = default;
  };

  // `idle_timeout` zero: no split is ever idle.
  SplitWatermarks(int splits, absl::Duration idle_timeout);

  // A batch of `split` was read at `now`; `watermark` is the greatest one in it (Min() if it has
  // none).
  void OnRecords(int split, EventTime watermark, absl::Duration now);

  // What follows from the records and from the states of the splits at `now`.
  Outcome Update(const std::vector<SplitStatus>& statuses, absl::Duration now);

  EventTime watermark(int split) const { return splits_[split].watermark; }
  void Restore(int split, EventTime watermark) { splits_[split].watermark = watermark; }
  // The task's own watermark before a restore: never put out an earlier one.
  void RestoreOutput(EventTime watermark) { output_ = watermark; }
  EventTime output() const { return output_; }
  // The split that holds the watermark back, as of the last Update; of several the first. Empty if
  // none is active.
  std::optional<int> slowest() const { return slowest_; }

 private:
  struct Split {
    EventTime watermark = EventTime::Min();
    absl::Duration last_record = -absl::InfiniteDuration();
  };

  bool Idle(const Split& split, const SplitStatus& status, absl::Duration now) const;

  std::vector<Split> splits_;
  absl::Duration idle_timeout_;
  absl::Duration started_ = absl::InfiniteDuration();
  EventTime output_ = EventTime::Min();
  bool idle_ = false;
  std::optional<int> slowest_;
};

}  // namespace millrace
