#include "worker/exchange/receiver_channel.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/type.h"
#include "common/base/status_macros.h"
#include "common/columnar/batch_codec.h"
#include "worker/exchange/sender_channel.h"

namespace millrace {

ReceiverChannel::ReceiverChannel(ReceiverOptions options) : options_(std::move(options)) {
  core_.emplace(options_.credit, *options_.pool);
}

void ReceiverChannel::Do(const Afterwards& afterwards) {
  if (afterwards.credit > 0) afterwards.route->SendCredit(afterwards.credit);
  if (afterwards.wake) options_.wake();
}

absl::Status ReceiverChannel::Attach(std::shared_ptr<SenderRoute> route) {
  Afterwards afterwards;
  {
    absl::MutexLock lock(&mutex_);
    if (!core_.has_value()) return absl::UnavailableError("the receiving task is gone");
    if (route_ != nullptr) {
      return absl::AlreadyExistsError(
          absl::StrCat(ToString(options_.address), " has a sender already"));
    }
    route_ = std::move(route);
    afterwards = {.route = route_, .credit = core_->TakeAnnouncement()};
  }
  Do(afterwards);
  return absl::OkStatus();
}

// Returns whether the task may be waiting for it.
bool ReceiverChannel::Enqueue(InboundElement element) {
  const bool was_empty = queue_.empty();
  const bool replaces = !was_empty && std::holds_alternative<Watermark>(element.element) &&
                        std::holds_alternative<Watermark>(queue_.back().element);
  end_came_ = end_came_ || std::holds_alternative<EndOfInput>(element.element);
  // Watermarks come without credit: a task that takes nothing must not collect them.
  if (replaces) {
    queue_.back() = std::move(element);
  } else {
    queue_.push_back(std::move(element));
  }
  return was_empty;
}

void ReceiverChannel::Deliver(InboundElement element, uint64_t sequence, int64_t backlog_bytes) {
  Afterwards afterwards;
  {
    absl::MutexLock lock(&mutex_);
    if (!core_.has_value() || !status_.ok()) return;
    const absl::Duration now = options_.clock->Monotonic();
    const absl::Status accepted = core_->OnElement(sequence, element.bytes, now);
    if (accepted.ok()) {
      core_->OnBacklog(backlog_bytes, now);
      afterwards.wake = Enqueue(std::move(element));
      afterwards.credit = core_->TakeAnnouncement();
      afterwards.route = route_;
    } else {
      status_ = absl::Status(accepted.code(),
                             absl::StrCat(ToString(options_.address), ": ", accepted.message()));
      afterwards.wake = true;
    }
  }
  Do(afterwards);
}

void ReceiverChannel::OnBacklog(int64_t bytes) {
  Afterwards afterwards;
  {
    absl::MutexLock lock(&mutex_);
    if (!core_.has_value()) return;
    core_->OnBacklog(bytes, options_.clock->Monotonic());
    afterwards = {.route = route_, .credit = core_->TakeAnnouncement()};
  }
  Do(afterwards);
}

void ReceiverChannel::Fail(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (!core_.has_value() || end_came_ || !status_.ok()) return;
    status_ = status;
  }
  options_.wake();
}

absl::StatusOr<std::optional<Element>> ReceiverChannel::Poll() {
  InboundElement taken;
  Afterwards afterwards;
  {
    absl::MutexLock lock(&mutex_);
    if (queue_.empty()) {
      if (!status_.ok()) return status_;
      return std::optional<Element>();
    }
    taken = std::move(queue_.front());
    queue_.pop_front();
    core_->OnTaken(taken.bytes, options_.clock->Monotonic());
    afterwards = {.route = route_, .credit = core_->TakeAnnouncement()};
  }
  Do(afterwards);
  if (taken.encoded == nullptr) return std::optional<Element>(std::move(taken.element));
  absl::StatusOr<Batch> batch = DecodeBatch(options_.schema, std::move(taken.encoded));
  if (!batch.ok()) {
    return absl::Status(batch.status().code(),
                        absl::StrCat(ToString(options_.address), ": ", batch.status().message()));
  }
  return std::optional<Element>(std::move(*batch));
}

void ReceiverChannel::Close() {
  std::shared_ptr<SenderRoute> route;
  {
    absl::MutexLock lock(&mutex_);
    if (!core_.has_value()) return;
    core_.reset();
    queue_.clear();
    if (!end_came_) route = std::move(route_);
    route_.reset();
  }
  if (route != nullptr) {
    route->Refuse(absl::CancelledError(
        absl::StrCat(ToString(options_.address), ": the receiving task is gone")));
  }
}

ReceiverChannel::Figures ReceiverChannel::figures() const {
  absl::MutexLock lock(&mutex_);
  return {.queued_bytes = core_.has_value() ? core_->queued_bytes() : 0,
          .window_bytes = core_.has_value() ? core_->window_bytes() : 0,
          .attached = route_ != nullptr,
          .status = status_};
}

}  // namespace millrace
