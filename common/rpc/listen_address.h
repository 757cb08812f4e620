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

// Where others reach a server that listens at `address`: there, or at `host_name` if it listens on
// all of its machine's addresses.
ListenAddress ReachableAddress(const ListenAddress& address, const std::string& host_name);

// The line of a process that does listen beyond loopback, since its operator wanted it.
inline constexpr char kExposureWarning[] =
    "OPEN TO THE NETWORK without encryption or authentication (--insecure): whoever reaches these "
    "addresses can run jobs and read their data";

// OK, or kFailedPrecondition that names `what` ("the gRPC port"), the address and both remedies.
absl::Status CheckExposure(const std::string& what, const ListenAddress& address, bool insecure);

}  // namespace millrace
