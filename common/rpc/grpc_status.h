// absl::Status <-> grpc::Status without loss: code, message, and payloads as the details of a
// google.rpc.Status.
//
// A payload's type URL and bytes are those of the detail, so that clients in any language find e.g.
// "type.googleapis.com/millrace.v1.SqlDiagnostics" where gRPC's conventions say. Thread-safe.
#pragma once

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/status.h"

namespace millrace {

grpc::Status ToGrpcStatus(const absl::Status& status);
absl::Status FromGrpcStatus(const grpc::Status& status);

// Adds `detail` to an error. REQUIRES: !status.ok().
void AddDetail(absl::Status& status, const google::protobuf::Message& detail);

// Reads the detail of `detail`'s type into it. False: there is none, or it is not readable.
bool GetDetail(const absl::Status& status, google::protobuf::Message& detail);

}  // namespace millrace
