#include "worker/exchange/outbound_connection.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace millrace {

OutboundConnection::OutboundConnection(const ExchangeIdentity& self, std::string peer)
    : self_(self), peer_(std::move(peer)) {
  control_.push_back(HelloFrame(self_));
}

bool OutboundConnection::Add(const std::shared_ptr<SenderChannel>& channel) {
  std::shared_ptr<FrameStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return false;
    const uint32_t number = next_number_++;
    channel->Connect([weak = weak_from_this(), number] {
      if (const auto self = weak.lock()) self->OnReady(number);
    });
    channels_.emplace(number, channel);
    control_.push_back(OpenFrame(number, channel->address()));
    stream = stream_;
  }
  if (stream != nullptr) stream->OnFramesReady();
  return true;
}

void OutboundConnection::OnOpen(std::shared_ptr<FrameStream> stream) {
  {
    absl::MutexLock lock(&mutex_);
    stream_ = stream;
  }
  stream->OnFramesReady();
}

void OutboundConnection::OnReady(uint32_t number) {
  std::shared_ptr<FrameStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    ready_.push_back(number);
    stream = stream_;
  }
  if (stream != nullptr) stream->OnFramesReady();
}

std::optional<OutboundWireFrame> OutboundConnection::NextFrame() {
  while (true) {
    uint32_t number = 0;
    std::shared_ptr<SenderChannel> channel;
    {
      absl::MutexLock lock(&mutex_);
      if (!control_.empty()) {
        OutboundWireFrame frame = std::move(control_.front());
        control_.pop_front();
        return frame;
      }
      if (ready_.empty()) return std::nullopt;
      number = ready_.front();
      ready_.pop_front();
      const auto found = channels_.find(number);
      if (found == channels_.end()) continue;
      channel = found->second;
    }
    if (auto frame = NextOf(number, channel)) return frame;
  }
}

std::optional<OutboundWireFrame> OutboundConnection::NextOf(
    uint32_t number, const std::shared_ptr<SenderChannel>& channel) {
  if (std::optional<OutboundFrame> frame = channel->TakeFrame()) {
    {
      absl::MutexLock lock(&mutex_);
      ready_.push_back(number);
    }
    return DataFrame(number, std::move(*frame));
  }
  const SenderChannel::Outcome outcome = channel->outcome();
  if (outcome == SenderChannel::Outcome::kOpen) return std::nullopt;
  Erase(number);
  if (outcome != SenderChannel::Outcome::kAbandoned) return std::nullopt;
  return ErrorFrame(number, absl::UnavailableError(absl::StrCat(
                                ToString(channel->address()), ": the sending task on worker ",
                                self_.worker.value(), " stopped before the end of its input")));
}

std::shared_ptr<SenderChannel> OutboundConnection::Find(uint32_t number) {
  absl::MutexLock lock(&mutex_);
  const auto found = channels_.find(number);
  return found == channels_.end() ? nullptr : found->second;
}

void OutboundConnection::Erase(uint32_t number) {
  absl::MutexLock lock(&mutex_);
  channels_.erase(number);
}

absl::Status OutboundConnection::OnFrame(InboundWireFrame frame) {
  bool first = false;
  {
    absl::MutexLock lock(&mutex_);
    first = !std::exchange(greeted_, true);
  }
  if (first) return CheckHello(self_, frame.header);
  // What is for a channel that is gone crossed its end.
  if (frame.header.has_credit()) {
    const v1::Credit& credit = frame.header.credit();
    if (credit.bytes() < 0) return absl::DataLossError("a peer took credit back");
    if (const auto channel = Find(credit.channel())) channel->OnCredit(credit.bytes());
    return absl::OkStatus();
  }
  if (frame.header.has_error()) {
    const v1::ChannelError& error = frame.header.error();
    if (const auto channel = Find(error.channel())) {
      channel->Fail(absl::UnavailableError(error.reason()));
      Erase(error.channel());
    }
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat("worker at ", peer_, " sent a frame that only a sender may send"));
}

void OutboundConnection::OnClosed(const absl::Status& reason) {
  std::map<uint32_t, std::shared_ptr<SenderChannel>> channels;
  std::shared_ptr<FrameStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    channels.swap(channels_);
    ready_.clear();
    control_.clear();
    stream = std::move(stream_);
  }
  for (const auto& [number, channel] : channels) {
    channel->Fail(absl::Status(reason.code(),
                               absl::StrCat(ToString(channel->address()), ": ", reason.message())));
  }
}

}  // namespace millrace
