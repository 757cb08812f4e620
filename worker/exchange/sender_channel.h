// A channel's sending end as two threads share it: the task puts elements in, the carrier pulls
// frames out.
//
// Thread-safe. Callbacks are made without a lock held; `wake` may still be called shortly after
// Abandon().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "worker/contract/channel.h"
#include "worker/exchange/credit_sender.h"

namespace millrace {

// "channel 0:1->2 of job-1a (attempt 3)"
std::string ToString(const ChannelAddress& address);

struct SenderOptions {
  ChannelAddress address;
  std::string peer;  // Empty: this process.
  int64_t queue_bytes_max = 0;
  const Clock* clock = nullptr;
  std::function<void()> wake;
};

class SenderChannel {
 public:
  explicit SenderChannel(SenderOptions options)
      : options_(std::move(options)), core_(options_.queue_bytes_max) {}

  // `on_ready` asks the carrier to call TakeFrame until it gives nothing; it is not called again
  // before that. Called once, before anything is sent.
  void Connect(std::function<void()> on_ready) { on_ready_ = std::move(on_ready); }

  // The task's side.
  absl::Status Send(OutboundElement element);
  bool full() const { return full_.load(std::memory_order_acquire); }
  bool drained() const;
  // The task is done with the channel. What waits is dropped, unless the end of input is part of
  // it.
  void Abandon();

  // The carrier's side. Fail does nothing once the end of input has gone out.
  void OnCredit(int64_t bytes);
  void Fail(const absl::Status& status);
  std::optional<OutboundFrame> TakeFrame();

  enum class Outcome : uint8_t { kOpen, kEnded, kAbandoned, kFailed };
  Outcome outcome() const;

  struct Figures {
    int64_t credit_bytes = 0;
    int64_t queued_bytes = 0;
    absl::Duration stalled;
    absl::Status status;
  };
  Figures figures() const;
  const ChannelAddress& address() const { return options_.address; }
  const std::string& peer() const { return options_.peer; }

 private:
  // Whether the carrier must be told; it is then taken to be told.
  bool ClaimReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SenderOptions options_;
  std::function<void()> on_ready_;

  mutable absl::Mutex mutex_;
  CreditSender core_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool pulling_ ABSL_GUARDED_BY(mutex_) = false;  // The carrier will call TakeFrame.
  bool end_queued_ ABSL_GUARDED_BY(mutex_) = false;
  bool end_taken_ ABSL_GUARDED_BY(mutex_) = false;
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<bool> full_ = false;
};

}  // namespace millrace
