#include "cli/probe/rpc_probe.h"

#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/channel.h"

namespace millrace {
namespace {

// Of grpc.health.v1, which never changes: HealthCheckResponse.status is field 1, SERVING is 1. The
// distribution ships no .proto of it.
constexpr char kMethod[] = "/grpc.health.v1.Health/Check";
constexpr int kStatusField = 1;
constexpr uint64_t kServing = 1;

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

bool IsServing(const std::string& response) {
  google::protobuf::UnknownFieldSet fields;
  if (!fields.ParseFromString(response)) return false;
  for (int i = 0; i < fields.field_count(); ++i) {
    const google::protobuf::UnknownField& field = fields.field(i);
    if (field.number() == kStatusField && field.type() == field.TYPE_VARINT) {
      return field.varint() == kServing;
    }
  }
  return false;
}

}  // namespace

absl::Status ProbeRpcHealth(const std::string& address, absl::Duration timeout) {
  grpc::GenericStub stub(NewChannel(address));
  grpc::ClientContext context;
  SetDeadline(context, timeout);
  grpc::CompletionQueue queue;
  const grpc::Slice whole_server;  // The request without a service's name: no bytes.
  const grpc::ByteBuffer request(&whole_server, 1);
  grpc::ByteBuffer response;
  grpc::Status status;
  const auto call = stub.PrepareUnaryCall(&context, kMethod, request, &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool done = false;
  queue.Next(&tag, &done);
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return absl::DeadlineExceededError(
        absl::StrCat(address, " did not answer within ", absl::FormatDuration(timeout)));
  }
  if (!status.ok()) {
    return absl::UnavailableError(
        absl::StrCat("cannot ask ", address, " by gRPC: ", status.error_message()));
  }
  if (IsServing(BytesOf(response))) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(address, " is not serving: it is about to end"));
}

}  // namespace millrace
