// Where a server listens, and who can reach it there.
//
// Until there is TLS and authentication, a server binds to loopback only: whoever reaches a port
// can run jobs. Another address needs the operator's explicit word. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace millrace {

struct ListenAddress {
  std::string host;   // "127.0.0.1", "::1", "localhost"; without brackets.
  uint16_t port = 0;  // 0: any free one.

  std::string ToString() const;  // "host:port", an IPv6 host in brackets.
};

// "host:port" or "[v6]:port". kInvalidArgument says what is wrong with the text.
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text);

bool IsLoopback(const std::string& host);

// OK, or kFailedPrecondition that names `what` ("the gRPC port"), the address and both remedies.
absl::Status CheckExposure(const std::string& what, const ListenAddress& address, bool insecure);

}  // namespace millrace
