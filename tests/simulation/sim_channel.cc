#include "tests/simulation/sim_channel.h"

#include "common/base/check.h"

namespace millrace::simulation {
namespace {

// Small, so that credit runs out all the time.
constexpr int64_t kQueueBytes = 600;
constexpr CreditReceiverOptions kCredit = {
    .exclusive_bytes = 200, .window_bytes_max = 2000, .window_bytes_start = 500};

}  // namespace

SimSender::SimSender(Schedule& schedule, std::shared_ptr<Connection> connection,
                     std::function<void()> wake)
    : schedule_(schedule),
      connection_(std::move(connection)),
      wake_(std::move(wake)),
      core_(kQueueBytes) {}

absl::Status SimSender::Send(Element element) {
  if (!connection_->forward.alive()) return absl::UnavailableError("the connection was lost");
  OutboundElement out{.element = std::move(element)};
  if (const auto* batch = std::get_if<Batch>(&out.element)) out.bytes = batch->bytes();
  core_.Push(std::move(out), schedule_.now());
  Pump();
  return absl::OkStatus();
}

void SimSender::OnCredit(int64_t bytes) {
  core_.OnCredit(bytes, schedule_.now());
  Pump();
  if (!core_.full()) wake_();
}

void SimSender::Pump() {
  if (receiver_ == nullptr) return;
  while (core_.ready()) {
    std::optional<OutboundFrame> frame = core_.Next(schedule_.now());
    CHECK(frame.has_value());
    connection_->forward.Send(
        [receiver = receiver_, frame = std::make_shared<OutboundFrame>(std::move(*frame))] {
          receiver->Deliver(std::move(*frame));
        });
  }
}

SimReceiver::SimReceiver(Schedule& schedule, std::shared_ptr<Connection> connection,
                         FloatingPool& pool, std::function<void()> wake)
    : schedule_(schedule),
      connection_(std::move(connection)),
      wake_(std::move(wake)),
      core_(kCredit, pool) {}

void SimReceiver::Open(const std::shared_ptr<SimSender>& sender) {
  sender_ = sender;
  Announce();
}

void SimReceiver::Deliver(OutboundFrame frame) {
  if (frame.content.has_value()) {
    const absl::Status accepted =
        core_.OnElement(frame.sequence, frame.content->bytes, schedule_.now());
    CHECK_OK(accepted);  // Links keep the order and lose nothing unless they are cut.
    queue_.push_back(std::move(*frame.content));
  }
  core_.OnBacklog(frame.backlog_bytes, schedule_.now());
  Announce();
  wake_();
}

absl::StatusOr<std::optional<Element>> SimReceiver::Poll() {
  if (queue_.empty()) {
    if (!connection_->forward.alive()) return absl::UnavailableError("the connection was lost");
    return std::optional<Element>();
  }
  OutboundElement taken = std::move(queue_.front());
  queue_.pop_front();
  core_.OnTaken(taken.bytes, schedule_.now());
  Announce();
  return std::optional<Element>(std::move(taken.element));
}

void SimReceiver::Announce() {
  const std::shared_ptr<SimSender> sender = sender_.lock();
  if (sender == nullptr) return;
  const int64_t credit = core_.TakeAnnouncement();
  if (credit == 0) return;
  connection_->backward.Send([sender, credit] { sender->OnCredit(credit); });
}

}  // namespace millrace::simulation
