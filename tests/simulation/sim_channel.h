// A channel of the simulation: the real credit cores over two links.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "tests/simulation/schedule.h"
#include "worker/contract/channel.h"
#include "worker/exchange/credit_receiver.h"
#include "worker/exchange/credit_sender.h"

namespace millrace::simulation {

// The two directions between a pair of workers. A cut fails every channel that runs over it.
struct Connection {
  Connection(Schedule& schedule, absl::Duration delay_max)
      : forward(schedule, delay_max), backward(schedule, delay_max) {}
  Link forward;   // Data.
  Link backward;  // Credit.

  void Cut() {
    forward.Cut();
    backward.Cut();
  }
};

class SimReceiver;

class SimSender final : public ChannelSender {
 public:
  SimSender(Schedule& schedule, std::shared_ptr<Connection> connection, std::function<void()> wake);

  void Attach(std::shared_ptr<SimReceiver> receiver) { receiver_ = std::move(receiver); }
  void OnCredit(int64_t bytes);

  absl::Status Send(Element element) override;
  bool full() const override { return core_.full(); }
  bool drained() const override { return core_.empty(); }

 private:
  void Pump();

  Schedule& schedule_;
  const std::shared_ptr<Connection> connection_;
  const std::function<void()> wake_;
  CreditSender core_;
  std::shared_ptr<SimReceiver> receiver_;
};

class SimReceiver final : public ChannelReceiver {
 public:
  SimReceiver(Schedule& schedule, std::shared_ptr<Connection> connection, FloatingPool& pool,
              std::function<void()> wake);

  // The receiving task is there.
  void Open(const std::shared_ptr<SimSender>& sender);
  void Deliver(OutboundFrame frame);

  absl::StatusOr<std::optional<Element>> Poll() override;

 private:
  void Announce();

  Schedule& schedule_;
  const std::shared_ptr<Connection> connection_;
  const std::function<void()> wake_;
  CreditReceiver core_;
  std::deque<OutboundElement> queue_;
  std::weak_ptr<SimSender> sender_;  // It holds this one.
  absl::Status status_;
};

}  // namespace millrace::simulation
