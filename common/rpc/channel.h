// Client channels with the project's settings, and deadlines that do not depend on the calendar.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace millrace {

// Messages carry plans and manifests; the limit is a guard against nonsense, not a budget.
inline constexpr int kMaxMessageBytes = 256 << 20;
// Errors travel as metadata, and a script may have many; gRPC's own limit is 8 KiB.
inline constexpr int kMaxErrorBytes = 4 << 20;

struct ChannelOptions {
  // For one attempt: connection and the server's first frame. A machine under load, or far away,
  // takes its time.
  absl::Duration connect_timeout = absl::Seconds(5);
  absl::Duration min_reconnect_backoff = absl::Milliseconds(100);
  absl::Duration max_reconnect_backoff = absl::Seconds(1);
  // HTTP/2 pings on an idle connection with calls: half-open connections are found without traffic.
  absl::Duration keepalive = absl::Seconds(10);
};

// A plaintext channel; it connects on first use.
std::shared_ptr<grpc::Channel> NewChannel(const std::string& address,
                                          const ChannelOptions& options = {});

// Connects, trying again as often as it takes within `timeout`. Blocks. False: nobody answers yet.
bool WaitUntilConnected(grpc::Channel& channel, absl::Duration timeout);

// The call fails with DEADLINE_EXCEEDED after `timeout` from now.
void SetDeadline(grpc::ClientContext& context, absl::Duration timeout);

}  // namespace millrace
