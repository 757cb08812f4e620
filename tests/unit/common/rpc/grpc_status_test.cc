#include "common/rpc/grpc_status.h"

#include <gmock/gmock.h>

#include "proto/job.pb.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

TEST(GrpcStatusTest, OkStaysOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_OK(FromGrpcStatus(grpc::Status::OK));
}

TEST(GrpcStatusTest, CodeAndMessageSurviveTheTrip) {
  for (const absl::Status& status :
       {absl::NotFoundError("no job job-1"), absl::ResourceExhaustedError("disk full"),
        absl::UnauthenticatedError("who?"), absl::DataLossError("")}) {
    EXPECT_EQ(FromGrpcStatus(ToGrpcStatus(status)), status);
  }
}

TEST(GrpcStatusTest, ASqlDiagnosticTravelsAsDetail) {
  v1::SqlDiagnostics sent;
  sent.add_diagnostics()->set_code("MR1001");
  absl::Status status = absl::InvalidArgumentError("1:8: no table clicks");
  AddDetail(status, sent);

  const absl::Status received = FromGrpcStatus(ToGrpcStatus(status));
  v1::SqlDiagnostics diagnostics;
  ASSERT_TRUE(GetDetail(received, diagnostics));
  EXPECT_EQ(diagnostics.diagnostics(0).code(), "MR1001");
  EXPECT_THAT(received, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("clicks")));
}

TEST(GrpcStatusTest, TheDetailsAreTheBytesOfGoogleRpcStatus) {
  absl::Status status = absl::InvalidArgumentError("m");
  status.SetPayload("t", absl::Cord("v"));
  // code = 3, message = "m", details = [Any{type_url = "t", value = "v"}], by hand.
  EXPECT_EQ(ToGrpcStatus(status).error_details(),
            std::string("\x08\x03\x12\x01m\x1a\x06\x0a\x01t\x12\x01v", 13));
}

TEST(GrpcStatusTest, UnreadableDetailsAreLeftOutAndTheErrorIsKept) {
  const absl::Status status =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::INTERNAL, "broken", "\xff\xff"));
  EXPECT_EQ(status, absl::InternalError("broken"));
  v1::SqlDiagnostics diagnostics;
  EXPECT_FALSE(GetDetail(status, diagnostics));
}

}  // namespace
}  // namespace millrace
