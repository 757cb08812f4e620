// What the exchange says on the wire, as frames: the one place of this folder that fills and reads
// proto/exchange.proto's fields.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "worker/contract/channel.h"
#include "worker/exchange/credit_sender.h"
#include "worker/exchange/receiver_channel.h"
#include "worker/exchange/transport.h"

namespace millrace {

// Raised when an older worker could not understand a newer one.
inline constexpr int32_t kExchangeProtocol = 1;

// Who is speaking.
struct ExchangeIdentity {
  std::string cluster_id;
  WorkerId worker;
};

OutboundWireFrame HelloFrame(const ExchangeIdentity& self);
OutboundWireFrame OpenFrame(uint32_t channel, const ChannelAddress& address);
OutboundWireFrame DataFrame(uint32_t channel, OutboundFrame frame);
OutboundWireFrame CreditFrame(uint32_t channel, int64_t bytes);
OutboundWireFrame ErrorFrame(uint32_t channel, const absl::Status& reason);

// kFailedPrecondition if the peer is of another cluster or speaks another protocol.
absl::Status CheckHello(const ExchangeIdentity& self, const v1::FrameHeader& first);

ChannelAddress AddressOf(const v1::OpenChannel& open);

// REQUIRES: `data` has an element.
absl::StatusOr<InboundElement> ElementOf(const v1::Data& data,
                                         std::shared_ptr<arrow::Buffer> payload);

}  // namespace millrace
