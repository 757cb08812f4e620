#include "worker/exchange/channel_registry.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "worker/exchange/sender_channel.h"

namespace millrace {
namespace {

void Attach(const std::shared_ptr<ReceiverChannel>& receiver,
            const std::shared_ptr<SenderRoute>& sender) {
  sender->OnAttached(receiver);
  const absl::Status attached = receiver->Attach(sender);
  if (!attached.ok()) sender->Refuse(attached);
}

}  // namespace

void ChannelRegistry::AddReceiver(std::shared_ptr<ReceiverChannel> receiver) {
  std::shared_ptr<SenderRoute> sender;
  {
    absl::MutexLock lock(&mutex_);
    receivers_[receiver->address()] = receiver;
    if (auto parked = parked_.extract(receiver->address())) {
      sender = std::move(parked.mapped().sender);
    }
  }
  if (sender != nullptr) Attach(receiver, sender);
}

void ChannelRegistry::RemoveReceiver(const ReceiverChannel& receiver) {
  absl::MutexLock lock(&mutex_);
  const auto found = receivers_.find(receiver.address());
  if (found != receivers_.end() && found->second.get() == &receiver) receivers_.erase(found);
}

void ChannelRegistry::Connect(const ChannelAddress& address, std::shared_ptr<SenderRoute> sender) {
  std::shared_ptr<ReceiverChannel> receiver;
  bool taken = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = receivers_.find(address);
    if (found != receivers_.end()) {
      receiver = found->second;
    } else {
      taken = !parked_.try_emplace(address, Parked{sender, clock_.Monotonic()}).second;
    }
  }
  if (receiver != nullptr) return Attach(receiver, sender);
  if (taken) {
    sender->Refuse(
        absl::AlreadyExistsError(absl::StrCat(ToString(address), " has a sender already")));
  }
}

void ChannelRegistry::Withdraw(const ChannelAddress& address, const SenderRoute* sender) {
  absl::MutexLock lock(&mutex_);
  const auto found = parked_.find(address);
  if (found != parked_.end() && found->second.sender.get() == sender) parked_.erase(found);
}

void ChannelRegistry::ExpireParked() {
  std::vector<std::pair<ChannelAddress, std::shared_ptr<SenderRoute>>> expired;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Duration now = clock_.Monotonic();
    for (auto it = parked_.begin(); it != parked_.end();) {
      if (now - it->second.since < park_timeout_) {
        ++it;
        continue;
      }
      expired.emplace_back(it->first, std::move(it->second.sender));
      it = parked_.erase(it);
    }
  }
  for (const auto& [address, sender] : expired) {
    sender->Refuse(absl::NotFoundError(
        absl::StrCat(ToString(address), ": the receiving task was not opened within ",
                     absl::FormatDuration(park_timeout_),
                     "; the attempt was cancelled or never deployed there")));
  }
}

}  // namespace millrace
