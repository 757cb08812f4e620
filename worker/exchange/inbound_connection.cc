#include "worker/exchange/inbound_connection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "worker/exchange/sender_channel.h"

namespace millrace {

// The way back from one receiver, through this connection. It may outlive the connection.
class InboundConnection::Route final : public SenderRoute {
 public:
  Route(std::weak_ptr<InboundConnection> connection, uint32_t number)
      : connection_(std::move(connection)), number_(number) {}

  void OnAttached(std::shared_ptr<ReceiverChannel> receiver) override {
    if (const auto connection = connection_.lock()) {
      connection->Attach(number_, std::move(receiver));
    }
  }
  void SendCredit(int64_t bytes) override {
    if (const auto connection = connection_.lock()) connection->SendCredit(number_, bytes);
  }
  void Refuse(const absl::Status& reason) override {
    if (const auto connection = connection_.lock()) connection->Refuse(number_, reason);
  }

 private:
  const std::weak_ptr<InboundConnection> connection_;
  const uint32_t number_;
};

void InboundConnection::OnOpen(std::shared_ptr<FrameStream> stream) {
  absl::MutexLock lock(&mutex_);
  stream_ = std::move(stream);
}

void InboundConnection::NotifyStream() {
  std::shared_ptr<FrameStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    stream = stream_;
  }
  if (stream != nullptr) stream->OnFramesReady();
}

void InboundConnection::Attach(uint32_t number, std::shared_ptr<ReceiverChannel> receiver) {
  {
    absl::MutexLock lock(&mutex_);
    const auto found = channels_.find(number);
    if (found != channels_.end()) {
      found->second.receiver = std::move(receiver);
      return;
    }
  }
  // The connection or the sender went while the receiver was being found.
  receiver->Fail(absl::UnavailableError(
      absl::StrCat(ToString(receiver->address()), ": the sending task is gone")));
}

void InboundConnection::SendCredit(uint32_t number, int64_t bytes) {
  {
    absl::MutexLock lock(&mutex_);
    credits_[number] += bytes;
  }
  NotifyStream();
}

void InboundConnection::Refuse(uint32_t number, const absl::Status& reason) {
  {
    absl::MutexLock lock(&mutex_);
    if (channels_.erase(number) == 0) return;
    credits_.erase(number);
    control_.push_back(ErrorFrame(number, reason));
  }
  NotifyStream();
}

std::optional<OutboundWireFrame> InboundConnection::NextFrame() {
  absl::MutexLock lock(&mutex_);
  if (!control_.empty()) {
    OutboundWireFrame frame = std::move(control_.front());
    control_.pop_front();
    return frame;
  }
  if (credits_.empty()) return std::nullopt;
  const auto first = credits_.begin();
  OutboundWireFrame frame = CreditFrame(first->first, first->second);
  credits_.erase(first);
  return frame;
}

absl::Status InboundConnection::OnFrame(InboundWireFrame frame) {
  bool first = false;
  {
    absl::MutexLock lock(&mutex_);
    first = !greeted_;
  }
  if (first) return OnHello(frame.header);
  switch (frame.header.frame_case()) {
    case v1::FrameHeader::kOpen:
      return OnOpenChannel(frame.header.open());
    case v1::FrameHeader::kData:
      return OnData(frame.header.data(), std::move(frame.payload));
    case v1::FrameHeader::kError:
      OnChannelError(frame.header.error());
      return absl::OkStatus();
    default:
      return absl::DataLossError("a peer sent a frame that only a receiver may send");
  }
}

absl::Status InboundConnection::OnHello(const v1::FrameHeader& header) {
  RETURN_IF_ERROR(CheckHello(self_, header));
  {
    absl::MutexLock lock(&mutex_);
    greeted_ = true;
    control_.push_back(HelloFrame(self_));
  }
  NotifyStream();
  return absl::OkStatus();
}

absl::Status InboundConnection::OnOpenChannel(const v1::OpenChannel& open) {
  const ChannelAddress address = AddressOf(open);
  auto route = std::make_shared<Route>(weak_from_this(), open.channel());
  {
    absl::MutexLock lock(&mutex_);
    const bool added =
        channels_.try_emplace(open.channel(), Channel{.address = address, .route = route}).second;
    if (!added) return absl::DataLossError("a peer opened a channel number twice");
  }
  registry_->Connect(address, std::move(route));
  return absl::OkStatus();
}

std::shared_ptr<ReceiverChannel> InboundConnection::Find(uint32_t number) {
  absl::MutexLock lock(&mutex_);
  const auto found = channels_.find(number);
  return found == channels_.end() ? nullptr : found->second.receiver;
}

absl::Status InboundConnection::OnData(const v1::Data& data,
                                       std::shared_ptr<arrow::Buffer> payload) {
  const std::shared_ptr<ReceiverChannel> receiver = Find(data.channel());
  if (receiver == nullptr) return absl::OkStatus();  // It crossed the refusal.
  if (data.element_case() == v1::Data::ELEMENT_NOT_SET) {
    receiver->OnBacklog(data.backlog_bytes());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(InboundElement element, ElementOf(data, std::move(payload)));
  receiver->Deliver(std::move(element), data.sequence(), data.backlog_bytes());
  if (data.has_end_of_input()) {
    absl::MutexLock lock(&mutex_);
    channels_.erase(data.channel());
  }
  return absl::OkStatus();
}

void InboundConnection::OnChannelError(const v1::ChannelError& error) {
  Channel channel;
  {
    absl::MutexLock lock(&mutex_);
    auto node = channels_.extract(error.channel());
    if (!node) return;
    channel = std::move(node.mapped());
    credits_.erase(error.channel());
  }
  registry_->Withdraw(channel.address, channel.route.get());
  if (channel.receiver != nullptr) channel.receiver->Fail(absl::UnavailableError(error.reason()));
}

void InboundConnection::OnClosed(const absl::Status& reason) {
  std::map<uint32_t, Channel> channels;
  std::shared_ptr<FrameStream> stream;
  {
    absl::MutexLock lock(&mutex_);
    channels.swap(channels_);
    credits_.clear();
    control_.clear();
    stream = std::move(stream_);
  }
  for (const auto& [number, channel] : channels) {
    registry_->Withdraw(channel.address, channel.route.get());
    if (channel.receiver == nullptr) continue;
    channel.receiver->Fail(absl::Status(
        reason.code(), absl::StrCat(ToString(channel.address), ": ", reason.message())));
  }
}

}  // namespace millrace
