#include "worker/exchange/edge_meters.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace millrace {
namespace {

// The channels that still are; forgets the others.
template <typename Channel>
std::vector<std::shared_ptr<Channel>> Alive(std::vector<std::weak_ptr<Channel>>& channels) {
  std::vector<std::shared_ptr<Channel>> alive;
  std::erase_if(channels, [&](const std::weak_ptr<Channel>& weak) {
    if (auto channel = weak.lock()) {
      alive.push_back(std::move(channel));
      return false;
    }
    return true;
  });
  return alive;
}

void CountUpTo(Counter& counter, double& counted, double total) {
  if (total <= counted) return;
  counter.Add(total - counted);
  counted = total;
}

// `text` inside a JSON string.
std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) >= 0x20) out.push_back(c);
  }
  return out;
}

std::string Describe(const ChannelAddress& address, const absl::Status& status) {
  return absl::StrCat(
      "\"job\":\"", Escaped(address.job.value()), "\",\"attempt\":", address.attempt.value(),
      ",\"edge\":", address.channel.edge.value(), ",\"sender\":", address.channel.sender,
      ",\"receiver\":", address.channel.receiver, status.ok() ? "" : ",\"error\":\"",
      status.ok() ? "" : Escaped(status.ToString()), status.ok() ? "" : "\"");
}

}  // namespace

EdgeMeters::Group& EdgeMeters::GroupOf(const Key& key) {
  const auto [it, added] = groups_.try_emplace(key);
  Group& group = it->second;
  if (!added || metrics_ == nullptr) return group;
  group.scope = metrics_->Child({{"job", key.job.value()},
                                 {"edge", absl::StrCat(key.edge.value())},
                                 {"task", absl::StrCat(key.task)}});
  for (Bounds* bounds : {&group.min, &group.max}) {
    const MetricLabels bound = {{"bound", bounds == &group.min ? "min" : "max"}};
    if (key.sending) {
      bounds->credit = group.scope->GetGauge("millrace_exchange_credit_bytes", bound);
      bounds->queue = group.scope->GetGauge("millrace_exchange_send_queue_bytes", bound);
      bounds->stalled = group.scope->GetCounter("millrace_exchange_stall_seconds_total", bound);
    } else {
      bounds->queue = group.scope->GetGauge("millrace_exchange_receive_queue_bytes", bound);
    }
  }
  return group;
}

void EdgeMeters::Add(const std::shared_ptr<SenderChannel>& sender) {
  const ChannelAddress& address = sender->address();
  absl::MutexLock lock(&mutex_);
  GroupOf({address.job, address.channel.edge, address.channel.sender, true})
      .senders.push_back(sender);
}

void EdgeMeters::Add(const std::shared_ptr<ReceiverChannel>& receiver) {
  const ChannelAddress& address = receiver->address();
  absl::MutexLock lock(&mutex_);
  GroupOf({address.job, address.channel.edge, address.channel.receiver, false})
      .receivers.push_back(receiver);
}

void EdgeMeters::PublishSenders(Group& group) {
  const auto senders = Alive(group.senders);
  if (senders.empty() || group.scope == nullptr) return;
  SenderChannel::Figures min = senders.front()->figures();
  SenderChannel::Figures max = min;
  for (const auto& sender : senders) {
    const SenderChannel::Figures one = sender->figures();
    min.credit_bytes = std::min(min.credit_bytes, one.credit_bytes);
    max.credit_bytes = std::max(max.credit_bytes, one.credit_bytes);
    min.queued_bytes = std::min(min.queued_bytes, one.queued_bytes);
    max.queued_bytes = std::max(max.queued_bytes, one.queued_bytes);
    min.stalled = std::min(min.stalled, one.stalled);
    max.stalled = std::max(max.stalled, one.stalled);
  }
  group.min.credit->Set(static_cast<double>(min.credit_bytes));
  group.max.credit->Set(static_cast<double>(max.credit_bytes));
  group.min.queue->Set(static_cast<double>(min.queued_bytes));
  group.max.queue->Set(static_cast<double>(max.queued_bytes));
  CountUpTo(*group.min.stalled, group.min.stalled_seconds, absl::ToDoubleSeconds(min.stalled));
  CountUpTo(*group.max.stalled, group.max.stalled_seconds, absl::ToDoubleSeconds(max.stalled));
}

void EdgeMeters::PublishReceivers(Group& group) {
  const auto receivers = Alive(group.receivers);
  if (receivers.empty() || group.scope == nullptr) return;
  int64_t min = receivers.front()->figures().queued_bytes;
  int64_t max = min;
  for (const auto& receiver : receivers) {
    const int64_t queued = receiver->figures().queued_bytes;
    min = std::min(min, queued);
    max = std::max(max, queued);
  }
  group.min.queue->Set(static_cast<double>(min));
  group.max.queue->Set(static_cast<double>(max));
}

void EdgeMeters::Publish() {
  absl::MutexLock lock(&mutex_);
  for (auto it = groups_.begin(); it != groups_.end();) {
    PublishSenders(it->second);
    PublishReceivers(it->second);
    const bool gone = it->second.senders.empty() && it->second.receivers.empty();
    it = gone ? groups_.erase(it) : std::next(it);
  }
}

int64_t EdgeMeters::QueuedBytes() const {
  int64_t bytes = 0;
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, group] : groups_) {
    for (const auto& weak : group.senders) {
      if (const auto sender = weak.lock()) bytes += sender->figures().queued_bytes;
    }
    for (const auto& weak : group.receivers) {
      if (const auto receiver = weak.lock()) bytes += receiver->figures().queued_bytes;
    }
  }
  return bytes;
}

std::string EdgeMeters::DescribeJson() const {
  std::vector<std::string> senders;
  std::vector<std::string> receivers;
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, group] : groups_) {
    for (const auto& weak : group.senders) {
      const auto sender = weak.lock();
      if (sender == nullptr) continue;
      const SenderChannel::Figures figures = sender->figures();
      senders.push_back(absl::StrCat(
          "{", Describe(sender->address(), figures.status), ",\"peer\":\"", Escaped(sender->peer()),
          "\",\"credit_bytes\":", figures.credit_bytes, ",\"queued_bytes\":", figures.queued_bytes,
          ",\"stalled_seconds\":", absl::ToDoubleSeconds(figures.stalled), "}"));
    }
    for (const auto& weak : group.receivers) {
      const auto receiver = weak.lock();
      if (receiver == nullptr) continue;
      const ReceiverChannel::Figures figures = receiver->figures();
      receivers.push_back(absl::StrCat("{", Describe(receiver->address(), figures.status),
                                       ",\"attached\":", figures.attached ? "true" : "false",
                                       ",\"window_bytes\":", figures.window_bytes,
                                       ",\"queued_bytes\":", figures.queued_bytes, "}"));
    }
  }
  return absl::StrCat("{\"senders\":[", absl::StrJoin(senders, ","), "],\"receivers\":[",
                      absl::StrJoin(receivers, ","), "]}");
}

}  // namespace millrace
