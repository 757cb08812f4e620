#include "common/rpc/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/base/executor.h"
#include "common/base/version.h"

namespace millrace {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr uint32_t kMaxHeadBytes = 16 << 10;
constexpr std::chrono::seconds kRequestTimeout(30);
constexpr size_t kMaxConnections = 256;

// One connection: read a request, answer it, again until the peer or a timeout ends it. Keeps
// itself alive by the handlers it has given away.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Tcp::socket socket, const std::vector<HttpRoute>& routes, size_t& open)
      : stream_(std::move(socket)), routes_(routes), open_(open) {
    ++open_;
  }
  ~Connection() { --open_; }

  void Read() {
    parser_.emplace();
    parser_->header_limit(kMaxHeadBytes);
    parser_->body_limit(0);
    stream_.expires_after(kRequestTimeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, size_t) {
                       if (error == http::error::body_limit)
                         return self->Answer({413, "text/plain", "no body is taken\n"});
                       if (!error) self->Answer(self->Handle());
                     });
  }

 private:
  HttpResponse Handle() {
    const http::verb method = parser_->get().method();
    if (method != http::verb::get && method != http::verb::head) {
      return {.status = 405, .body = "only GET and HEAD\n"};
    }
    const beast::string_view target = parser_->get().target();
    return Route(routes_, std::string_view(target.data(), target.size()));
  }

  void Answer(const HttpResponse& answer) {
    const auto& request = parser_->get();
    response_.emplace(static_cast<http::status>(answer.status), request.version());
    response_->set(http::field::server, absl::StrCat("millrace/", kVersion));
    response_->set(http::field::content_type, answer.content_type);
    response_->set(http::field::cache_control, "no-store");
    response_->set("X-Content-Type-Options", "nosniff");
    response_->set("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'");
    response_->keep_alive(request.keep_alive() && answer.status < 400);
    response_->content_length(answer.body.size());
    if (request.method() != http::verb::head) response_->body() = answer.body;
    stream_.expires_after(kRequestTimeout);
    serializer_.emplace(*response_);
    http::async_write(stream_, *serializer_,
                      [self = shared_from_this()](beast::error_code error, size_t) {
                        if (error) return;
                        if (self->response_->need_eof()) return self->Close();
                        self->Read();
                      });
  }

  void Close() {
    beast::error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kMaxHeadBytes};
  const std::vector<HttpRoute>& routes_;
  size_t& open_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
};

class BeastHttpServer final : public HttpServer {
 public:
  explicit BeastHttpServer(HttpServerOptions options)
      : routes_(std::move(options.routes)),
        acceptor_(io_),
        thread_(NewThreadPool(options.thread_name, 1)),
        address_(options.address) {}

  ~BeastHttpServer() override {
    io_.stop();
    thread_.reset();
  }

  absl::Status Listen() {
    beast::error_code error;
    const auto resolved =
        Tcp::resolver(io_).resolve(address_.host, absl::StrCat(address_.port), error);
    if (error) return Failed(error);
    const Tcp::endpoint endpoint = resolved.begin()->endpoint();
    if (acceptor_.open(endpoint.protocol(), error)) return Failed(error);
    if (acceptor_.set_option(Tcp::acceptor::reuse_address(true), error)) return Failed(error);
    if (acceptor_.bind(endpoint, error)) return Failed(error);
    if (acceptor_.listen(asio::socket_base::max_listen_connections, error)) return Failed(error);
    address_.port = acceptor_.local_endpoint().port();
    Accept();
    thread_->Post([this] { io_.run(); });
    return absl::OkStatus();
  }

  const ListenAddress& address() const override { return address_; }

 private:
  absl::Status Failed(const beast::error_code& error) const {
    return absl::UnavailableError(absl::StrCat("cannot listen for HTTP on ", address_.ToString(),
                                               ": ", error.message(), "; choose another address"));
  }

  void Accept() {
    acceptor_.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      // Over the bound the socket closes here, which the peer sees at once.
      if (!error && open_ < kMaxConnections) {
        std::make_shared<Connection>(std::move(socket), routes_, open_)->Read();
      }
      Accept();
    });
  }

  const std::vector<HttpRoute> routes_;
  size_t open_ = 0;  // Connections; outlives them, which die with io_.
  asio::io_context io_{1};
  Tcp::acceptor acceptor_;
  std::unique_ptr<Executor> thread_;
  ListenAddress address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options) {
  auto server = std::make_unique<BeastHttpServer>(std::move(options));
  const absl::Status listening = server->Listen();
  if (!listening.ok()) return listening;
  return server;
}

}  // namespace millrace
