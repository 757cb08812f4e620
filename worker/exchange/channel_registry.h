// Where the ends of channels find each other: receivers of this worker, and senders that came
// before their receiver.
//
// Which end opens first depends on which worker starts its tasks first, so both orders are normal.
// A sender whose receiver does not come in time is refused: its attempt never was, or no longer is,
// deployed here. Thread-safe; routes and channels are called without the lock held.
#pragma once

#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "worker/exchange/receiver_channel.h"

namespace millrace {

class ChannelRegistry {
 public:
  ChannelRegistry(const Clock& clock, absl::Duration park_timeout)
      : clock_(clock), park_timeout_(park_timeout) {}

  void AddReceiver(std::shared_ptr<ReceiverChannel> receiver);
  void RemoveReceiver(const ReceiverChannel& receiver);

  // Attaches `sender` to its receiver, or keeps it until there is one.
  void Connect(const ChannelAddress& address, std::shared_ptr<SenderRoute> sender);
  // `sender` no longer waits.
  void Withdraw(const ChannelAddress& address, const SenderRoute* sender);

  // Refuses the senders that have waited for too long. To be called now and then.
  void ExpireParked();

 private:
  struct Parked {
    std::shared_ptr<SenderRoute> sender;
    absl::Duration since;
  };

  const Clock& clock_;
  const absl::Duration park_timeout_;
  absl::Mutex mutex_;
  std::map<ChannelAddress, std::shared_ptr<ReceiverChannel>> receivers_ ABSL_GUARDED_BY(mutex_);
  std::map<ChannelAddress, Parked> parked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
