#include "worker/task/checkpoint_meter.h"

#include <algorithm>

namespace millrace {
namespace {

void Observe(Histogram* histogram, absl::Duration took) {
  if (histogram != nullptr) {
    histogram->Observe(absl::ToDoubleSeconds(std::max(took, absl::ZeroDuration())));
  }
}

}  // namespace

CheckpointMeter::CheckpointMeter(MetricScope& metrics, const Parts& parts) {
  const auto phase = [&metrics](const char* name) {
    return metrics.GetHistogram("millrace_task_checkpoint_phase_seconds", {{"phase", name}});
  };
  start_delay_ = phase("start_delay");
  if (parts.inputs) align_ = phase("align");
  freeze_ = phase("freeze");
  if (parts.sink) flush_ = phase("flush");
  if (parts.state) write_ = phase("write");
}

void CheckpointMeter::OnBarrier(Epoch epoch, absl::Duration now) {
  if (barrier_.epoch == epoch) return;
  barrier_ = {epoch, now};
  const bool known = triggered_.epoch == epoch;
  Observe(start_delay_, known ? now - triggered_.at : absl::ZeroDuration());
}

void CheckpointMeter::OnAligned(Epoch epoch, absl::Duration now) {
  OnBarrier(epoch, now);
  Observe(align_, now - barrier_.at);
  aligned_at_ = now;
}

void CheckpointMeter::OnFrozen(absl::Duration now) {
  Observe(freeze_, now - aligned_at_);
  frozen_at_ = now;
}

void CheckpointMeter::OnFlushed(absl::Duration now) { Observe(flush_, now - frozen_at_); }

void CheckpointMeter::OnWritten(absl::Duration took) { Observe(write_, took); }

}  // namespace millrace
