// Merges the watermarks and idle states of a task's input channels into those of the task: a pure
// state machine.
//
// The rules are those of Flink's StatusWatermarkValve. A channel is active or idle, and aligned
// once its watermark has caught up with the last one put out; the output is the minimum over
// aligned channels, and never goes back. When all channels are idle the maximum of their watermarks
// is put out, so that the result does not depend on the order in which they became idle.
#pragma once

#include <optional>
#include <vector>

#include "common/base/event_time.h"

namespace millrace {

class WatermarkValve {
 public:
  // What to put out, in this order: first the status change to active, then the watermark, then the
  // change to idle.
  struct Outcome {
    std::optional<EventTime> watermark;
    std::optional<bool> idle;

    friend bool operator==(const Outcome&, const Outcome&) = default;
  };

  // REQUIRES: channels > 0.
  explicit WatermarkValve(int channels);

  Outcome OnWatermark(int channel, EventTime watermark);
  Outcome OnIdle(int channel, bool idle);

  // The channel ended: as a watermark at the end of time.
  Outcome OnEnd(int channel) { return OnWatermark(channel, EventTime::Max()); }

  // The watermark from which each channel is to continue, for a checkpoint: its own, or the output
  // if it is behind that (it was idle), so that the output never goes back over a restore.
  std::vector<EventTime> watermarks() const;

  // Before the first event: the channels continue from `watermarks` (from their minimum if the
  // number of channels has changed since), so that what was late before a restore stays late.
  void Restore(const std::vector<EventTime>& watermarks);

  EventTime output() const { return output_; }

 private:
  struct Channel {
    EventTime watermark = EventTime::Min();
    bool idle = false;
    bool aligned = true;
  };

  // The minimum over aligned channels, if it exceeds the last output.
  std::optional<EventTime> Advance();
  std::optional<EventTime> Put(EventTime watermark);
  bool AllIdle() const;

  std::vector<Channel> channels_;
  EventTime output_ = EventTime::Min();
  bool idle_ = false;
};

}  // namespace millrace
