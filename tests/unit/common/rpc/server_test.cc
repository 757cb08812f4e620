// The servers on real loopback sockets.

#include <gmock/gmock.h>

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "common/rpc/channel.h"
#include "common/rpc/http_server.h"
#include "common/rpc/rpc_server.h"
#include "grpcpp/generic/generic_stub.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// Sends raw bytes and reads until the server closes.
std::string Talk(uint16_t port, const std::string& bytes) {
  namespace asio = boost::asio;
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::make_address("127.0.0.1"), port});
  boost::system::error_code cut_off;  // The server may close before it has read everything.
  asio::write(socket, asio::buffer(bytes), cut_off);
  boost::system::error_code ignored;
  asio::streambuf answer;
  asio::read(socket, answer, ignored);
  return {asio::buffers_begin(answer.data()), asio::buffers_end(answer.data())};
}

std::string Get(uint16_t port, const std::string& target) {
  return Talk(port, "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(
        server_, HttpServer::Start(
                     {.address = {"127.0.0.1", 0},
                      .routes = {{"/healthz",
                                  [](const HttpRequest&) { return HttpResponse{.body = "ok\n"}; }},
                                 {"/jobs/", [](const HttpRequest& request) {
                                    return HttpResponse{.content_type = "application/json",
                                                        .body = JsonQuote(request.remainder)};
                                  }}}}));
  }
  uint16_t port() const { return server_->address().port; }

  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersARoute) {
  EXPECT_THAT(Get(port(), "/healthz?verbose=1"),
              AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("\r\n\r\nok\n")));
}

TEST_F(HttpServerTest, GivesTheHandlerWhatFollowsThePrefix) {
  EXPECT_THAT(Get(port(), "/jobs/job%2D1"),
              AllOf(HasSubstr("application/json"), HasSubstr("\"job-1\"")));
}

TEST_F(HttpServerTest, AnUnknownPathListsTheRoutes) {
  EXPECT_THAT(Get(port(), "/nowhere"), AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("/healthz")));
}

TEST_F(HttpServerTest, OnlyReads) {
  EXPECT_THAT(Talk(port(), "DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(Talk(port(), "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  EXPECT_THAT(Talk(port(), "HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 3"), testing::EndsWith("\r\n\r\n")));
}

TEST_F(HttpServerTest, OneConnectionServesSeveralRequests) {
  const std::string answers = Talk(port(),
                                   "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                                   "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answers.find("ok\n"), answers.rfind("ok\n"));
}

TEST_F(HttpServerTest, AnEndlessHeadIsCutOff) {
  EXPECT_EQ(Talk(port(), "GET / HTTP/1.1\r\nX: " + std::string(64 << 10, 'a')), "");
  EXPECT_THAT(Get(port(), "/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, ATakenPortIsAClearError) {
  EXPECT_THAT(HttpServer::Start({.address = server_->address()}),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr(server_->address().ToString()), HasSubstr("in use"))));
}

TEST(HttpEscapesTest, QuoteForJsonAndHtml) {
  EXPECT_EQ(JsonQuote("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
  EXPECT_EQ(HtmlEscape("<a href='x'>&"), "&lt;a href=&#39;x&#39;&gt;&amp;");
}

TEST(RpcServerTest, TakesAFreePortAndAnswersHealthChecks) {
  ASSERT_OK_AND_ASSIGN(auto server, RpcServer::Start({.address = {"127.0.0.1", 0}}));
  EXPECT_NE(server->address().port, 0);

  grpc::GenericStub stub(NewChannel(server->address().ToString()));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  SetDeadline(context, absl::Seconds(10));
  const grpc::Slice nothing(std::string{});
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check",
                                    grpc::ByteBuffer(&nothing, 1), &queue);
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->StartCall();
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_TRUE(status.ok()) << status.error_message();
  server->Shutdown(absl::ZeroDuration());
}

TEST(RpcServerTest, ATakenPortIsAClearError) {
  ASSERT_OK_AND_ASSIGN(auto server, RpcServer::Start({.address = {"127.0.0.1", 0}}));
  EXPECT_THAT(RpcServer::Start({.address = server->address()}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("taken")));
}

}  // namespace
}  // namespace millrace
