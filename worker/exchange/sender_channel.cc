#include "worker/exchange/sender_channel.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace millrace {

std::string ToString(const ChannelAddress& address) {
  return absl::StrCat("channel ", address.channel.edge.value(), ":", address.channel.sender, "->",
                      address.channel.receiver, " of ", address.job.value(), " (attempt ",
                      address.attempt.value(), ")");
}

bool SenderChannel::ClaimReady() {
  if (pulling_ || !core_.ready()) return false;
  pulling_ = true;
  return true;
}

absl::Status SenderChannel::Send(OutboundElement element) {
  bool ready = false;
  {
    absl::MutexLock lock(&mutex_);
    if (!status_.ok()) return status_;
    end_queued_ = end_queued_ || std::holds_alternative<EndOfInput>(element.element);
    core_.Push(std::move(element), options_.clock->Monotonic());
    full_.store(core_.full(), std::memory_order_release);
    ready = ClaimReady();
  }
  if (ready) on_ready_();
  return absl::OkStatus();
}

bool SenderChannel::drained() const {
  absl::MutexLock lock(&mutex_);
  return core_.empty();
}

void SenderChannel::Abandon() {
  {
    absl::MutexLock lock(&mutex_);
    if (abandoned_) return;
    abandoned_ = true;
    // An end that waits still goes out; otherwise the carrier has to tell the receiver.
    if (end_queued_ || !status_.ok() || pulling_) return;
    pulling_ = true;
  }
  on_ready_();
}

void SenderChannel::OnCredit(int64_t bytes) {
  bool ready = false;
  {
    absl::MutexLock lock(&mutex_);
    core_.OnCredit(bytes, options_.clock->Monotonic());
    ready = ClaimReady();
  }
  if (ready) on_ready_();
}

void SenderChannel::Fail(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (end_taken_ || !status_.ok()) return;
    status_ = status;
    // A full channel would keep its task from finding out.
    full_.store(false, std::memory_order_release);
    if (abandoned_) return;
  }
  options_.wake();
}

std::optional<OutboundFrame> SenderChannel::TakeFrame() {
  std::optional<OutboundFrame> frame;
  bool has_room_again = false;
  {
    absl::MutexLock lock(&mutex_);
    const bool drop = !status_.ok() || (abandoned_ && !end_queued_);
    if (!drop) frame = core_.Next(options_.clock->Monotonic());
    if (!frame.has_value()) {
      pulling_ = false;
      return std::nullopt;
    }
    if (frame->content.has_value()) {
      end_taken_ = end_taken_ || std::holds_alternative<EndOfInput>(frame->content->element);
    }
    has_room_again = full_.load(std::memory_order_relaxed) && !core_.full() && !abandoned_;
    full_.store(core_.full(), std::memory_order_release);
  }
  if (has_room_again) options_.wake();
  return frame;
}

SenderChannel::Outcome SenderChannel::outcome() const {
  absl::MutexLock lock(&mutex_);
  if (end_taken_) return Outcome::kEnded;
  if (!status_.ok()) return Outcome::kFailed;
  return abandoned_ && !end_queued_ ? Outcome::kAbandoned : Outcome::kOpen;
}

SenderChannel::Figures SenderChannel::figures() const {
  absl::MutexLock lock(&mutex_);
  return {.credit_bytes = core_.balance(),
          .queued_bytes = core_.queued_bytes(),
          .stalled = core_.stalled(options_.clock->Monotonic()),
          .status = status_};
}

}  // namespace millrace
