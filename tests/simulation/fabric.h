// The data network of the simulation: connections between workers, and where the two ends of a
// channel meet.
#pragma once

#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "common/base/ids.h"
#include "tests/simulation/sim_channel.h"

namespace millrace::simulation {

class Fabric {
 public:
  explicit Fabric(Schedule& schedule) : schedule_(schedule) {}

  // The live connection that carries data from one worker to the other.
  std::shared_ptr<Connection> Between(const WorkerId& from, const WorkerId& to) {
    std::shared_ptr<Connection>& connection = connections_[{from, to}];
    if (connection == nullptr || !connection->forward.alive()) {
      connection = std::make_shared<Connection>(schedule_, absl::Milliseconds(5));
    }
    return connection;
  }

  // The worker's machine is gone, or its network.
  void CutAll(const WorkerId& worker) {
    for (auto& [pair, connection] : connections_) {
      if (pair.first == worker || pair.second == worker) connection->Cut();
    }
  }

  void CutOne() {
    if (connections_.empty()) return;
    auto chosen = connections_.begin();
    std::advance(chosen, schedule_.random().Below(static_cast<uint32_t>(connections_.size())));
    chosen->second->Cut();
  }

  // A channel of an attempt, by its two task indexes.
  using Address = std::tuple<Attempt, int32_t, int32_t>;

  void AddSender(const Address& address, const std::shared_ptr<SimSender>& sender) {
    ends_[address].first = sender;
    Meet(address);
  }
  void AddReceiver(const Address& address, const std::shared_ptr<SimReceiver>& receiver) {
    ends_[address].second = receiver;
    Meet(address);
  }

 private:
  void Meet(const Address& address) {
    const auto& [weak_sender, weak_receiver] = ends_[address];
    const auto sender = weak_sender.lock();
    const auto receiver = weak_receiver.lock();
    if (sender == nullptr || receiver == nullptr) return;
    sender->Attach(receiver);
    receiver->Open(sender);
    ends_.erase(address);
  }

  Schedule& schedule_;
  std::map<std::pair<WorkerId, WorkerId>, std::shared_ptr<Connection>> connections_;
  std::map<Address, std::pair<std::weak_ptr<SimSender>, std::weak_ptr<SimReceiver>>> ends_;
};

}  // namespace millrace::simulation
