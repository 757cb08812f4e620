#include "common/rpc/grpc_status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "proto/status.pb.h"

namespace millrace {
namespace {

std::string TypeUrl(const google::protobuf::Message& message) {
  return absl::StrCat("type.googleapis.com/", message.GetDescriptor()->full_name());
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  v1::Status wire;
  status.ForEachPayload([&wire](absl::string_view type_url, const absl::Cord& bytes) {
    google::protobuf::Any* detail = wire.add_details();
    detail->set_type_url(std::string(type_url));
    detail->set_value(std::string(bytes));
  });
  // The codes of Abseil are those of gRPC, by number and meaning.
  const auto code = static_cast<grpc::StatusCode>(status.code());
  if (wire.details_size() == 0) return grpc::Status(code, std::string(status.message()));
  wire.set_code(code);
  wire.set_message(std::string(status.message()));
  return grpc::Status(code, std::string(status.message()), wire.SerializeAsString());
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  v1::Status wire;
  if (status.error_details().empty() || !wire.ParseFromString(status.error_details())) {
    return result;
  }
  for (const google::protobuf::Any& detail : wire.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

void AddDetail(absl::Status& status, const google::protobuf::Message& detail) {
  CHECK(!status.ok());
  status.SetPayload(TypeUrl(detail), absl::Cord(detail.SerializeAsString()));
}

bool GetDetail(const absl::Status& status, google::protobuf::Message& detail) {
  const absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl(detail));
  return payload.has_value() && detail.ParseFromString(std::string(*payload));
}

}  // namespace millrace
