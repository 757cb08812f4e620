#include "cli/probe/http_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "common/rpc/http_server.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr absl::Duration kLong = absl::Seconds(30);

// Takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {}
  ListenAddress address() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }
  void Close() { acceptor_.close(); }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

std::unique_ptr<HttpServer> ServerThatAnswers(HttpResponse response) {
  auto server = HttpServer::Start(
      {.address = {"127.0.0.1", 0},
       .routes = {{"/readyz", [response](const HttpRequest&) { return response; }}}});
  return server.ok() ? *std::move(server) : nullptr;
}

TEST(HttpProbeTest, GivesStatusServerAndBodyOfTheAnswer) {
  const auto server = ServerThatAnswers({.status = 503, .body = "about to end\n"});
  ASSERT_NE(server, nullptr);
  ASSERT_OK_AND_ASSIGN(const HttpAnswer answer, ProbeHttp(server->address(), "/readyz", kLong));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "about to end\n");
  EXPECT_THAT(answer.server, StartsWith("millrace/"));
}

TEST(HttpProbeTest, ABodyBeyondTheBoundIsAnError) {
  const auto server = ServerThatAnswers({.body = std::string(100 << 10, 'x')});
  ASSERT_NE(server, nullptr);
  EXPECT_THAT(ProbeHttp(server->address(), "/readyz", kLong),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("cannot understand")));
}

TEST(HttpProbeTest, NobodyThereIsUnavailableAndNamesTheAddress) {
  SilentServer gone;
  const ListenAddress address = gone.address();
  gone.Close();
  EXPECT_THAT(
      ProbeHttp(address, "/healthz", kLong),
      StatusIs(absl::StatusCode::kUnavailable,
               AllOf(HasSubstr("cannot connect to " + address.ToString()), HasSubstr("refused"))));
  EXPECT_THAT(ProbeTcp(address, kLong),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(address.ToString())));
}

TEST(HttpProbeTest, AServerThatSaysNothingIsGivenUpAtTheDeadline) {
  const SilentServer server;
  EXPECT_THAT(
      ProbeHttp(server.address(), "/healthz", absl::Milliseconds(50)),
      StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("did not answer within 50ms")));
}

TEST(HttpProbeTest, AConnectionIsEnoughForTcp) {
  const SilentServer server;
  EXPECT_OK(ProbeTcp(server.address(), kLong));
}

TEST(HttpProbeTest, AWildcardIsReachedThroughLoopback) {
  EXPECT_EQ(ReachableAddress({"0.0.0.0", 7071}).ToString(), "127.0.0.1:7071");
  EXPECT_EQ(ReachableAddress({"::", 7071}).ToString(), "[::1]:7071");
  EXPECT_EQ(ReachableAddress({"10.0.0.5", 7071}).ToString(), "10.0.0.5:7071");
}

}  // namespace
}  // namespace millrace
