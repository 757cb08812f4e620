#include "worker/task/barrier_alignment.h"

#include <algorithm>

#include "common/base/check.h"

namespace millrace {

BarrierAlignment::BarrierAlignment(int channels) : channels_(channels) { CHECK_GT(channels, 0); }

std::optional<Barrier> BarrierAlignment::OnBarrier(int channel, const Barrier& barrier) {
  if (barrier.epoch <= done_) return std::nullopt;
  if (pending_.has_value() && barrier.epoch < pending_->epoch) return std::nullopt;
  if (pending_.has_value() && barrier.epoch > pending_->epoch) {
    done_ = pending_->epoch;  // Subsumed.
    Unblock();
  }
  pending_ = barrier;
  channels_[channel].blocked = true;
  return CompleteIfAligned();
}

std::optional<Barrier> BarrierAlignment::OnEnd(int channel) {
  channels_[channel].ended = true;
  channels_[channel].blocked = false;
  return pending_.has_value() ? CompleteIfAligned() : std::nullopt;
}

bool BarrierAlignment::OnCancel(Epoch epoch) {
  if (epoch <= done_) return false;
  done_ = epoch;
  if (pending_.has_value() && pending_->epoch <= epoch) {
    pending_.reset();
    Unblock();
  }
  return true;
}

std::optional<Barrier> BarrierAlignment::CompleteIfAligned() {
  const bool aligned = std::all_of(channels_.begin(), channels_.end(),
                                   [](const Channel& c) { return c.blocked || c.ended; });
  if (!aligned) return std::nullopt;
  std::optional<Barrier> barrier;
  barrier.swap(pending_);
  done_ = barrier->epoch;
  Unblock();
  return barrier;
}

void BarrierAlignment::Unblock() {
  for (Channel& channel : channels_) channel.blocked = false;
}

}  // namespace millrace
