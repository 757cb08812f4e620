// The health of a gRPC server, as grpc.health.v1 tells it. Thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace millrace {

// OK if the server at `address` ("host:port") as a whole is serving. One line otherwise:
// kUnavailable if it cannot be reached, kDeadlineExceeded if it does not answer in time,
// kFailedPrecondition if it answers that it is not serving.
absl::Status ProbeRpcHealth(const std::string& address, absl::Duration timeout);

}  // namespace millrace
