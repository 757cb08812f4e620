// Where the time of a task's checkpoints goes:
//
//   trigger -- start_delay --> first barrier -- align --> last barrier -- freeze --> snapshot taken
//           -- flush --> sink has flushed;   the io executor begins -- write --> file durable
//
// The trigger is the moment at which the worker was told of the checkpoint, so no two clocks are
// compared. A barrier that overtakes it has no delay. Only phases that a task has are kept.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/metrics/metrics.h"
#include "worker/contract/frozen_state.h"

namespace millrace {

// Not thread-safe. One that was made without metrics does nothing.
class CheckpointMeter {
 public:
  // What a task has, and so which phases.
  struct Parts {
    bool inputs = false;  // Channels, whose barriers are aligned.
    bool sink = false;
    bool state = false;
  };

  CheckpointMeter() = default;
  CheckpointMeter(MetricScope& metrics, const Parts& parts);

  void OnTriggered(Epoch epoch, absl::Duration at) { triggered_ = {epoch, at}; }
  // The first call of an epoch counts. Not called: the last barrier was the first, too.
  void OnBarrier(Epoch epoch, absl::Duration now);
  void OnAligned(Epoch epoch, absl::Duration now);
  void OnFrozen(absl::Duration now);
  void OnFlushed(absl::Duration now);
  void OnWritten(absl::Duration took);

 private:
  struct Moment {
    Epoch epoch;
    absl::Duration at;
  };

  Moment triggered_;
  Moment barrier_;
  absl::Duration aligned_at_;
  absl::Duration frozen_at_;
  Histogram* start_delay_ = nullptr;
  Histogram* align_ = nullptr;
  Histogram* freeze_ = nullptr;
  Histogram* flush_ = nullptr;
  Histogram* write_ = nullptr;
};

// Frozen state that tells how long it took from the beginning of its write until the file was
// durable: sections of other tasks that follow in the file, and the fsync, are part of that.
class TimedFrozenState final : public FrozenState {
 public:
  using OnWrittenFunction = std::function<void(absl::Duration)>;

  // `frozen` is not null; `clock` outlives this. `on_written` is called on the thread that writes.
  TimedFrozenState(std::unique_ptr<FrozenState> frozen, const Clock& clock,
                   OnWrittenFunction on_written)
      : frozen_(std::move(frozen)), clock_(clock), on_written_(std::move(on_written)) {}

  absl::StatusOr<std::vector<OperatorState>> Write(SectionWriter& file) override {
    began_ = clock_.Monotonic();
    return frozen_->Write(file);
  }

  void OnWritten() override {
    frozen_->OnWritten();
    on_written_(clock_.Monotonic() - began_);
  }

 private:
  const std::unique_ptr<FrozenState> frozen_;
  const Clock& clock_;
  const OnWrittenFunction on_written_;
  absl::Duration began_;
};

}  // namespace millrace
