#include "worker/exchange/exchange.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/crc32c.h"
#include "common/base/executor.h"
#include "common/base/status_macros.h"
#include "common/columnar/batch_codec.h"
#include "worker/exchange/channel_registry.h"
#include "worker/exchange/edge_meters.h"
#include "worker/exchange/inbound_connection.h"
#include "worker/exchange/local_link.h"
#include "worker/exchange/outbound_connection.h"
#include "worker/exchange/transport.h"
#include "worker/exchange/wire_frames.h"

namespace millrace {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(500);

// The size of a payload has 32 bits on the wire; a batch near that is a mistake upstream.
constexpr int64_t kBatchBytesMax = int64_t{1} << 30;

absl::StatusOr<OutboundElement> Encoded(Element element) {
  OutboundElement out{.element = std::move(element)};
  auto* batch = std::get_if<Batch>(&out.element);
  if (batch == nullptr) return out;
  ASSIGN_OR_RETURN(out.encoded, EncodeBatch(*batch));
  *batch = Batch();
  if (out.encoded.bytes > kBatchBytesMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a batch of ", out.encoded.bytes, " bytes is too large for the exchange"));
  }
  for (const std::shared_ptr<arrow::Buffer>& slice : out.encoded.slices) {
    out.crc32c = Crc32c(std::string_view(reinterpret_cast<const char*>(slice->data()),
                                         static_cast<size_t>(slice->size())),
                        out.crc32c);
  }
  out.bytes = out.encoded.bytes;
  return out;
}

class RemoteSender final : public ChannelSender {
 public:
  explicit RemoteSender(std::shared_ptr<SenderChannel> channel) : channel_(std::move(channel)) {}
  ~RemoteSender() override { channel_->Abandon(); }

  absl::Status Send(Element element) override {
    ASSIGN_OR_RETURN(OutboundElement out, Encoded(std::move(element)));
    return channel_->Send(std::move(out));
  }
  bool full() const override { return channel_->full(); }
  bool drained() const override { return channel_->drained(); }

 private:
  const std::shared_ptr<SenderChannel> channel_;
};

class LocalSender final : public ChannelSender {
 public:
  LocalSender(std::shared_ptr<SenderChannel> channel, std::shared_ptr<LocalLink> link,
              std::shared_ptr<ChannelRegistry> registry)
      : channel_(std::move(channel)), link_(std::move(link)), registry_(std::move(registry)) {}
  ~LocalSender() override {
    channel_->Abandon();
    if (channel_->outcome() == SenderChannel::Outcome::kAbandoned) {
      registry_->Withdraw(channel_->address(), link_.get());
    }
  }

  absl::Status Send(Element element) override {
    OutboundElement out{.element = std::move(element)};
    if (const auto* batch = std::get_if<Batch>(&out.element)) {
      // A batch that counted nothing would pass without credit.
      out.bytes = std::max<int64_t>(1, batch->bytes());
    }
    return channel_->Send(std::move(out));
  }
  bool full() const override { return channel_->full(); }
  bool drained() const override { return channel_->drained(); }

 private:
  const std::shared_ptr<SenderChannel> channel_;
  const std::shared_ptr<LocalLink> link_;
  const std::shared_ptr<ChannelRegistry> registry_;
};

class Receiver final : public ChannelReceiver {
 public:
  Receiver(std::shared_ptr<ReceiverChannel> channel, std::shared_ptr<ChannelRegistry> registry)
      : channel_(std::move(channel)), registry_(std::move(registry)) {}
  ~Receiver() override {
    registry_->RemoveReceiver(*channel_);
    channel_->Close();
  }

  absl::StatusOr<std::optional<Element>> Poll() override { return channel_->Poll(); }

 private:
  const std::shared_ptr<ReceiverChannel> channel_;
  const std::shared_ptr<ChannelRegistry> registry_;
};

class GrpcExchange final : public NetworkExchange {
 public:
  explicit GrpcExchange(ExchangeOptions options)
      : options_(std::move(options)),
        identity_{.cluster_id = options_.cluster_id, .worker = options_.worker_id},
        pool_(options_.floating_bytes),
        registry_(std::make_shared<ChannelRegistry>(*options_.clock, options_.park_timeout)),
        meters_(options_.metrics),
        transport_(NewGrpcTransport()),
        ticks_(NewThreadPool("exchange", 1)),
        executor_(ticks_.get()) {}

  ~GrpcExchange() override {
    ticks_.reset();
    transport_->Shutdown();
  }

  absl::Status Start() {
    ASSIGN_OR_RETURN(address_, transport_->Listen(options_.listen_address, [this] {
      return std::make_shared<InboundConnection>(identity_, registry_);
    }));
    if (options_.metrics != nullptr) MakeProcessMetrics(*options_.metrics);
    executor_->PostAfter(kTick, [this] { Tick(); });
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }
  std::string DescribeChannels() const override { return meters_.DescribeJson(); }
  int64_t queued_bytes() const override { return meters_.QueuedBytes(); }

  std::unique_ptr<ChannelSender> OpenSender(const ChannelAddress& address, std::string peer,
                                            const Schema& schema,
                                            std::function<void()> wake) override {
    auto channel =
        std::make_shared<SenderChannel>(SenderOptions{.address = address,
                                                      .peer = peer,
                                                      .queue_bytes_max = options_.send_queue_bytes,
                                                      .clock = options_.clock,
                                                      .wake = std::move(wake)});
    meters_.Add(channel);
    if (peer.empty()) {
      auto link = std::make_shared<LocalLink>(channel);
      channel->Connect([weak = std::weak_ptr<LocalLink>(link)] {
        if (const auto alive = weak.lock()) alive->Pump();
      });
      registry_->Connect(address, link);
      return std::make_unique<LocalSender>(std::move(channel), std::move(link), registry_);
    }
    ConnectToPeer(peer, channel);
    return std::make_unique<RemoteSender>(std::move(channel));
  }

  std::unique_ptr<ChannelReceiver> OpenReceiver(const ChannelAddress& address, const Schema& schema,
                                                std::function<void()> wake) override {
    auto channel = std::make_shared<ReceiverChannel>(ReceiverOptions{.address = address,
                                                                     .schema = schema.ToArrow(),
                                                                     .credit = options_.credit,
                                                                     .pool = &pool_,
                                                                     .clock = options_.clock,
                                                                     .wake = std::move(wake)});
    meters_.Add(channel);
    registry_->AddReceiver(channel);
    return std::make_unique<Receiver>(std::move(channel), registry_);
  }

 private:
  // Puts `channel` on the connection to `peer`, a new one if there is none or it was lost.
  void ConnectToPeer(const std::string& peer, const std::shared_ptr<SenderChannel>& channel) {
    std::shared_ptr<OutboundConnection> connection;
    {
      absl::MutexLock lock(&mutex_);
      std::shared_ptr<OutboundConnection>& current = connections_[peer];
      if (current != nullptr && current->Add(channel)) return;
      current = connection = std::make_shared<OutboundConnection>(identity_, peer);
      connection->Add(channel);
    }
    transport_->Connect(peer, std::move(connection));
  }

  void MakeProcessMetrics(MetricScope& metrics) {
    sent_bytes_ = metrics.GetCounter("millrace_exchange_sent_bytes_total");
    sent_frames_ = metrics.GetCounter("millrace_exchange_sent_frames_total");
    received_bytes_ = metrics.GetCounter("millrace_exchange_received_bytes_total");
    received_frames_ = metrics.GetCounter("millrace_exchange_received_frames_total");
    floating_bytes_ = metrics.GetGauge("millrace_exchange_floating_available_bytes");
  }

  void Tick() {
    registry_->ExpireParked();
    meters_.Publish();
    if (options_.metrics != nullptr) {
      const WireCounts counts = transport_->counts();
      sent_bytes_->Add(static_cast<double>(counts.sent_bytes - counted_.sent_bytes));
      sent_frames_->Add(static_cast<double>(counts.sent_frames - counted_.sent_frames));
      received_bytes_->Add(static_cast<double>(counts.received_bytes - counted_.received_bytes));
      received_frames_->Add(static_cast<double>(counts.received_frames - counted_.received_frames));
      floating_bytes_->Set(static_cast<double>(pool_.available()));
      counted_ = counts;
    }
    executor_->PostAfter(kTick, [this] { Tick(); });
  }

  const ExchangeOptions options_;
  const ExchangeIdentity identity_;
  FloatingPool pool_;
  const std::shared_ptr<ChannelRegistry> registry_;
  EdgeMeters meters_;
  const std::unique_ptr<Transport> transport_;
  std::string address_;

  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<OutboundConnection>> connections_ ABSL_GUARDED_BY(mutex_);

  Counter* sent_bytes_ = nullptr;
  Counter* sent_frames_ = nullptr;
  Counter* received_bytes_ = nullptr;
  Counter* received_frames_ = nullptr;
  Gauge* floating_bytes_ = nullptr;
  WireCounts counted_;  // What the counters have; belongs to the ticks.
  std::unique_ptr<Executor> ticks_;
  Executor* const executor_;  // Stays readable while ticks_ is being destroyed.
};

}  // namespace

absl::StatusOr<std::unique_ptr<NetworkExchange>> NewExchange(ExchangeOptions options) {
  auto exchange = std::make_unique<GrpcExchange>(std::move(options));
  RETURN_IF_ERROR(exchange->Start());
  return exchange;
}

}  // namespace millrace
