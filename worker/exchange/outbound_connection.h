// The sending worker's end of a connection: the channels to one peer, taking turns.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "worker/exchange/sender_channel.h"
#include "worker/exchange/transport.h"
#include "worker/exchange/wire_frames.h"

namespace millrace {

class OutboundConnection final : public FrameHandler,
                                 public std::enable_shared_from_this<OutboundConnection> {
 public:
  OutboundConnection(const ExchangeIdentity& self, std::string peer);

  // Connects `channel` through this. False if the connection is gone: use another.
  bool Add(const std::shared_ptr<SenderChannel>& channel);

  void OnOpen(std::shared_ptr<FrameStream> stream) override;
  std::optional<OutboundWireFrame> NextFrame() override;
  absl::Status OnFrame(InboundWireFrame frame) override;
  void OnClosed(const absl::Status& reason) override;

 private:
  void OnReady(uint32_t number);
  std::optional<OutboundWireFrame> NextOf(uint32_t number,
                                          const std::shared_ptr<SenderChannel>& channel);
  std::shared_ptr<SenderChannel> Find(uint32_t number);
  void Erase(uint32_t number);

  const ExchangeIdentity self_;
  const std::string peer_;

  absl::Mutex mutex_;
  std::shared_ptr<FrameStream> stream_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool greeted_ ABSL_GUARDED_BY(mutex_) = false;  // The peer's hello came.
  uint32_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<uint32_t, std::shared_ptr<SenderChannel>> channels_ ABSL_GUARDED_BY(mutex_);
  // A hello and the opening of each channel; these go first.
  std::deque<OutboundWireFrame> control_ ABSL_GUARDED_BY(mutex_);
  // Channels that have frames, each once.
  std::deque<uint32_t> ready_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
