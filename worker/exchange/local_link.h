// Joins a sender and a receiver of the same process: the carrier that needs no wire. Batches pass
// by pointer, under the same credit.
//
// Thread-safe: runs on whichever task's thread made a frame ready.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "worker/exchange/receiver_channel.h"
#include "worker/exchange/sender_channel.h"

namespace millrace {

class LocalLink final : public SenderRoute {
 public:
  explicit LocalLink(std::shared_ptr<SenderChannel> sender) : sender_(std::move(sender)) {}

  // Moves every frame that may go. The sender calls it from one thread at a time.
  void Pump();

  void OnAttached(std::shared_ptr<ReceiverChannel> receiver) override;
  void SendCredit(int64_t bytes) override { sender_->OnCredit(bytes); }
  void Refuse(const absl::Status& reason) override { sender_->Fail(reason); }

 private:
  const std::shared_ptr<SenderChannel> sender_;
  absl::Mutex mutex_;
  // Weak: the receiver holds this as its route.
  std::weak_ptr<ReceiverChannel> receiver_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
