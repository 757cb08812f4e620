#include "worker/exchange/wire_frames.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/valid_utf8.h"

namespace millrace {

OutboundWireFrame HelloFrame(const ExchangeIdentity& self) {
  OutboundWireFrame frame;
  v1::Hello& hello = *frame.header.mutable_hello();
  hello.set_cluster_id(self.cluster_id);
  hello.set_protocol(kExchangeProtocol);
  hello.set_worker_id(self.worker.value());
  return frame;
}

OutboundWireFrame OpenFrame(uint32_t channel, const ChannelAddress& address) {
  OutboundWireFrame frame;
  v1::OpenChannel& open = *frame.header.mutable_open();
  open.set_channel(channel);
  open.set_job_id(address.job.value());
  open.set_attempt(address.attempt.value());
  open.set_edge(address.channel.edge.value());
  open.set_sender(address.channel.sender);
  open.set_receiver(address.channel.receiver);
  return frame;
}

ChannelAddress AddressOf(const v1::OpenChannel& open) {
  return {.job = JobId(open.job_id()),
          .attempt = Attempt(open.attempt()),
          .channel = {
              .edge = EdgeId(open.edge()), .sender = open.sender(), .receiver = open.receiver()}};
}

namespace {

struct ElementWriter {
  v1::Data& data;

  void operator()(const Batch&) { data.set_batch(true); }
  void operator()(const Watermark& watermark) { data.set_watermark_ms(watermark.time.millis()); }
  void operator()(const IdleStatus& status) { data.set_idle(status.idle); }
  void operator()(const Barrier& barrier) {
    data.mutable_barrier()->set_epoch(barrier.epoch.value());
    data.mutable_barrier()->set_final(barrier.final);
  }
  void operator()(const CancelBarrier& cancel) {
    data.set_cancel_barrier_epoch(cancel.epoch.value());
  }
  void operator()(const EndOfInput&) { data.set_end_of_input(true); }
};

}  // namespace

OutboundWireFrame DataFrame(uint32_t channel, OutboundFrame frame) {
  OutboundWireFrame wire;
  v1::Data& data = *wire.header.mutable_data();
  data.set_channel(channel);
  data.set_backlog_bytes(frame.backlog_bytes);
  if (!frame.content.has_value()) return wire;
  data.set_sequence(frame.sequence);
  std::visit(ElementWriter{data}, frame.content->element);
  wire.payload = std::move(frame.content->encoded.slices);
  wire.header.set_payload_bytes(static_cast<uint32_t>(frame.content->encoded.bytes));
  wire.header.set_payload_crc32c(frame.content->crc32c);
  return wire;
}

absl::StatusOr<InboundElement> ElementOf(const v1::Data& data,
                                         std::shared_ptr<arrow::Buffer> payload) {
  const auto plain = [](Element element) { return InboundElement{.element = std::move(element)}; };
  switch (data.element_case()) {
    case v1::Data::kBatch: {
      if (payload == nullptr) return absl::DataLossError("a batch came without bytes");
      const int64_t bytes = payload->size();
      return InboundElement{.encoded = std::move(payload), .bytes = bytes};
    }
    case v1::Data::kWatermarkMs:
      return plain(Watermark{EventTime(data.watermark_ms())});
    case v1::Data::kIdle:
      return plain(IdleStatus{data.idle()});
    case v1::Data::kBarrier:
      return plain(
          Barrier{.epoch = Epoch(data.barrier().epoch()), .final = data.barrier().final()});
    case v1::Data::kCancelBarrierEpoch:
      return plain(CancelBarrier{Epoch(data.cancel_barrier_epoch())});
    case v1::Data::kEndOfInput:
      return plain(EndOfInput{});
    case v1::Data::ELEMENT_NOT_SET:
      break;
  }
  return absl::DataLossError("an element of an unknown kind came");
}

OutboundWireFrame CreditFrame(uint32_t channel, int64_t bytes) {
  OutboundWireFrame frame;
  frame.header.mutable_credit()->set_channel(channel);
  frame.header.mutable_credit()->set_bytes(bytes);
  return frame;
}

OutboundWireFrame ErrorFrame(uint32_t channel, const absl::Status& reason) {
  OutboundWireFrame frame;
  frame.header.mutable_error()->set_channel(channel);
  frame.header.mutable_error()->set_reason(ToValidUtf8(std::string(reason.message())));
  return frame;
}

absl::Status CheckHello(const ExchangeIdentity& self, const v1::FrameHeader& first) {
  if (!first.has_hello()) {
    return absl::FailedPreconditionError("the exchange peer did not begin with a hello");
  }
  const v1::Hello& hello = first.hello();
  if (hello.cluster_id() != self.cluster_id) {
    return absl::FailedPreconditionError(
        absl::StrCat("worker ", hello.worker_id(), " belongs to cluster '", hello.cluster_id(),
                     "', worker ", self.worker.value(), " to cluster '", self.cluster_id,
                     "'; check cluster_id in the configuration of both"));
  }
  if (hello.protocol() != kExchangeProtocol) {
    return absl::FailedPreconditionError(absl::StrCat(
        "worker ", hello.worker_id(), " speaks exchange protocol ", hello.protocol(), ", worker ",
        self.worker.value(), " protocol ", kExchangeProtocol, "; run the same release on both"));
  }
  return absl::OkStatus();
}

}  // namespace millrace
