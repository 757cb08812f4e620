// When has the barrier of an epoch arrived on every input channel? A pure state machine (Chandy and
// Lamport, "Distributed snapshots", 1985, as Flink's aligned checkpoints apply it).
//
// From a channel's barrier until the last one the channel is blocked: nothing of the next epoch may
// be processed before the snapshot of this one. A later epoch subsumes one that is under way; one
// that was given up is never aligned again.
#pragma once

#include <optional>
#include <vector>

#include "common/base/ids.h"
#include "common/base/seeded_bug.h"
#include "worker/contract/element.h"

namespace millrace {

class BarrierAlignment {
 public:
  // REQUIRES: channels > 0.
  explicit BarrierAlignment(int channels);

  // Each returns the barrier if it is now aligned: take the snapshot and forward it. Blocked
  // channels are free again then.
  std::optional<Barrier> OnBarrier(int channel, const Barrier& barrier);
  std::optional<Barrier> OnEnd(int channel);

  // The checkpoint was given up, by a cancel marker on a channel or by the coordinator. True if it
  // is news, to be forwarded.
  bool OnCancel(Epoch epoch);

  bool blocked(int channel) const {
    return channels_[channel].blocked && !SeededBug("barrier_not_awaited");
  }
  // The epoch some of whose barriers have arrived.
  std::optional<Epoch> pending() const {
    return pending_.has_value() ? std::optional(pending_->epoch) : std::nullopt;
  }

 private:
  struct Channel {
    bool blocked = false;
    bool ended = false;
  };

  std::optional<Barrier> CompleteIfAligned();
  void Unblock();

  std::vector<Channel> channels_;
  std::optional<Barrier> pending_;
  Epoch done_;  // The latest epoch that was aligned or given up.
};

}  // namespace millrace
