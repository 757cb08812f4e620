#include "cli/probe/rpc_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "common/rpc/http_server.h"
#include "common/rpc/rpc_server.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kLong = absl::Seconds(30);

TEST(RpcProbeTest, FollowsWhatTheServersHealthServiceSays) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<RpcServer> server,
                       RpcServer::Start({.address = {"127.0.0.1", 0}}));
  const std::string address = server->address().ToString();
  EXPECT_OK(ProbeRpcHealth(address, kLong));
  server->SetServing(false);
  EXPECT_THAT(ProbeRpcHealth(address, kLong),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not serving")));
  server->SetServing(true);
  EXPECT_OK(ProbeRpcHealth(address, kLong));
}

TEST(RpcProbeTest, WhoSpeaksNoGrpcIsUnavailable) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<HttpServer> server,
                       HttpServer::Start({.address = {"127.0.0.1", 0}}));
  const std::string address = server->address().ToString();
  EXPECT_THAT(ProbeRpcHealth(address, kLong),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(address)));
}

}  // namespace
}  // namespace millrace
