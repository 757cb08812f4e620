#include "worker/exchange/local_link.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace millrace {

void LocalLink::OnAttached(std::shared_ptr<ReceiverChannel> receiver) {
  absl::MutexLock lock(&mutex_);
  receiver_ = receiver;
}

void LocalLink::Pump() {
  std::shared_ptr<ReceiverChannel> receiver;
  {
    absl::MutexLock lock(&mutex_);
    receiver = receiver_.lock();
  }
  while (std::optional<OutboundFrame> frame = sender_->TakeFrame()) {
    if (receiver == nullptr) continue;
    if (!frame->content.has_value()) {
      receiver->OnBacklog(frame->backlog_bytes);
      continue;
    }
    InboundElement element{.element = std::move(frame->content->element),
                           .bytes = frame->content->bytes};
    receiver->Deliver(std::move(element), frame->sequence, frame->backlog_bytes);
  }
  if (receiver != nullptr && sender_->outcome() == SenderChannel::Outcome::kAbandoned) {
    receiver->Fail(absl::UnavailableError(absl::StrCat(
        ToString(sender_->address()), ": the sending task stopped before the end of its input")));
  }
}

}  // namespace millrace
