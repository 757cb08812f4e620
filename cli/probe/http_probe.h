// One question to one server, for health checks and diagnosis: a GET, or just a connection.
//
// Blocks for at most `timeout`, and as long as the machine's resolver takes for a name beyond that.
// Errors are one line that names the address: kUnavailable if nobody can be reached there,
// kDeadlineExceeded if nobody answers. Thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/listen_address.h"

namespace millrace {

struct HttpAnswer {
  int status = 0;
  std::string server;  // The "Server" header: "millrace/0.1.0".
  std::string body;    // At most 64 KiB; a longer one is an error.
};

absl::StatusOr<HttpAnswer> ProbeHttp(const ListenAddress& address, const std::string& target,
                                     absl::Duration timeout);

// OK once a connection is open; it is closed at once.
absl::Status ProbeTcp(const ListenAddress& address, absl::Duration timeout);

// Where a client on this machine reaches a server that listens on `address`: a wildcard ("0.0.0.0",
// "::") becomes loopback.
ListenAddress ReachableAddress(ListenAddress address);

}  // namespace millrace
