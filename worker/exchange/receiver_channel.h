// A channel's receiving end as two threads share it: the carrier delivers elements, the task takes
// them.
//
// Thread-safe. Callbacks are made without a lock held; `wake` may still be called shortly after
// Close().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "arrow/buffer.h"
#include "arrow/type_fwd.h"
#include "common/base/clock.h"
#include "worker/contract/channel.h"
#include "worker/exchange/credit_receiver.h"

namespace millrace {

class ReceiverChannel;

// The way back from a receiver to its sender, in this process or another. Thread-safe.
class SenderRoute {
 public:
  virtual ~SenderRoute() = default;
  // The receiver is there: elements go to it from now on. Called once, before the first credit.
  virtual void OnAttached(std::shared_ptr<ReceiverChannel> receiver) = 0;
  virtual void SendCredit(int64_t bytes) = 0;
  // The channel is dead; nothing more will be taken.
  virtual void Refuse(const absl::Status& reason) = 0;
};

// An element on its way in. A batch from another process is decoded by the task that takes it.
struct InboundElement {
  Element element;
  std::shared_ptr<arrow::Buffer> encoded;  // Set: a batch, and `element` is empty.
  int64_t bytes = 0;
};

struct ReceiverOptions {
  ChannelAddress address;
  std::shared_ptr<arrow::Schema> schema;
  CreditReceiverOptions credit;
  FloatingPool* pool = nullptr;
  const Clock* clock = nullptr;
  std::function<void()> wake;
};

class ReceiverChannel {
 public:
  explicit ReceiverChannel(ReceiverOptions options);

  // The carrier's side. kAlreadyExists: the channel has a sender.
  absl::Status Attach(std::shared_ptr<SenderRoute> route);
  void Deliver(InboundElement element, uint64_t sequence, int64_t backlog_bytes);
  void OnBacklog(int64_t bytes);
  // The task sees the error once it has taken what came before. Nothing after the end of input.
  void Fail(const absl::Status& status);

  // The task's side.
  absl::StatusOr<std::optional<Element>> Poll();
  void Close();

  struct Figures {
    int64_t queued_bytes = 0;
    int64_t window_bytes = 0;
    bool attached = false;
    absl::Status status;
  };
  Figures figures() const;
  const ChannelAddress& address() const { return options_.address; }

 private:
  // What is to be done once the lock is gone.
  struct Afterwards {
    std::shared_ptr<SenderRoute> route;
    int64_t credit = 0;
    bool wake = false;
  };
  void Do(const Afterwards& afterwards);
  bool Enqueue(InboundElement element) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ReceiverOptions options_;

  mutable absl::Mutex mutex_;
  std::optional<CreditReceiver> core_ ABSL_GUARDED_BY(mutex_);  // Empty once closed.
  std::deque<InboundElement> queue_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<SenderRoute> route_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool end_came_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace
