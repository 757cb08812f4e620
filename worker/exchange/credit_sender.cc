#include "worker/exchange/credit_sender.h"

#include <utility>

namespace millrace {

void CreditSender::Push(OutboundElement element, absl::Duration now) {
  const bool replaces = !queue_.empty() && std::holds_alternative<Watermark>(element.element) &&
                        std::holds_alternative<Watermark>(queue_.back().element);
  if (replaces) {
    queue_.back() = std::move(element);
  } else {
    queued_bytes_ += element.bytes;
    queue_.push_back(std::move(element));
  }
  UpdateStall(now);
}

void CreditSender::OnCredit(int64_t bytes, absl::Duration now) {
  granted_ = true;
  balance_ += bytes;
  UpdateStall(now);
}

bool CreditSender::head_may_go() const {
  if (queue_.empty() || !granted_) return false;
  return !std::holds_alternative<Batch>(queue_.front().element) || balance_ > 0;
}

// Data frames carry the backlog. Only a sender that cannot send one, and whose receiver believes
// that nothing waits, has to say so by itself.
bool CreditSender::must_announce() const {
  return granted_ && announced_backlog_ == 0 && queued_bytes_ > 0;
}

bool CreditSender::ready() const { return head_may_go() || must_announce(); }

std::optional<OutboundFrame> CreditSender::Next(absl::Duration now) {
  OutboundFrame frame;
  if (head_may_go()) {
    frame.content = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= frame.content->bytes;
    balance_ -= frame.content->bytes;
    frame.sequence = next_sequence_++;
  } else if (!must_announce()) {
    return std::nullopt;
  }
  announced_backlog_ = queued_bytes_;
  frame.backlog_bytes = queued_bytes_;
  UpdateStall(now);
  return frame;
}

void CreditSender::UpdateStall(absl::Duration now) {
  const bool stalls = granted_ && !queue_.empty() && !head_may_go();
  if (stalls && !stalled_since_.has_value()) {
    stalled_since_ = now;
  } else if (!stalls && stalled_since_.has_value()) {
    stalled_ += now - *stalled_since_;
    stalled_since_.reset();
  }
}

absl::Duration CreditSender::stalled(absl::Duration now) const {
  return stalled_since_.has_value() ? stalled_ + (now - *stalled_since_) : stalled_;
}

}  // namespace millrace
