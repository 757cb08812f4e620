// The receiving worker's end of a connection: finds the receivers of the peer's channels, hands
// them what comes, and carries their credit back.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "worker/exchange/channel_registry.h"
#include "worker/exchange/receiver_channel.h"
#include "worker/exchange/transport.h"
#include "worker/exchange/wire_frames.h"

namespace millrace {

class InboundConnection final : public FrameHandler,
                                public std::enable_shared_from_this<InboundConnection> {
 public:
  InboundConnection(const ExchangeIdentity& self, std::shared_ptr<ChannelRegistry> registry)
      : self_(self), registry_(std::move(registry)) {}

  void OnOpen(std::shared_ptr<FrameStream> stream) override;
  std::optional<OutboundWireFrame> NextFrame() override;
  absl::Status OnFrame(InboundWireFrame frame) override;
  void OnClosed(const absl::Status& reason) override;

 private:
  class Route;

  // A channel of the peer; no receiver as long as it is parked.
  struct Channel {
    ChannelAddress address;
    std::shared_ptr<Route> route;
    std::shared_ptr<ReceiverChannel> receiver;
  };

  void Attach(uint32_t number, std::shared_ptr<ReceiverChannel> receiver);
  void SendCredit(uint32_t number, int64_t bytes);
  void Refuse(uint32_t number, const absl::Status& reason);
  std::shared_ptr<ReceiverChannel> Find(uint32_t number);

  absl::Status OnHello(const v1::FrameHeader& header);
  absl::Status OnOpenChannel(const v1::OpenChannel& open);
  absl::Status OnData(const v1::Data& data, std::shared_ptr<arrow::Buffer> payload);
  void OnChannelError(const v1::ChannelError& error);
  void NotifyStream();

  const ExchangeIdentity self_;
  const std::shared_ptr<ChannelRegistry> registry_;

  absl::Mutex mutex_;
  std::shared_ptr<FrameStream> stream_ ABSL_GUARDED_BY(mutex_);
  bool greeted_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<uint32_t, Channel> channels_ ABSL_GUARDED_BY(mutex_);
  std::deque<OutboundWireFrame> control_ ABSL_GUARDED_BY(mutex_);  // A hello, and errors.
  std::map<uint32_t, int64_t> credits_ ABSL_GUARDED_BY(mutex_);    // To be sent, per channel.
};

}  // namespace millrace
