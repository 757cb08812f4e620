#include "cli/probe/http_probe.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr size_t kMaxBodyBytes = 64 << 10;

// One connection that is opened, used for one thing, and closed.
class Probe {
 public:
  Probe(const ListenAddress& address, absl::Duration timeout)
      : address_(address), timeout_(timeout) {}

  absl::Status Connect() {
    return Run([this] { Open([this] { End(absl::OkStatus()); }); });
  }

  absl::StatusOr<HttpAnswer> Get(const std::string& target) {
    request_.method(http::verb::get);
    request_.target(target);
    request_.version(11);
    request_.set(http::field::host, address_.ToString());
    request_.keep_alive(false);
    // The parser's own limit does not hold for answers with a length in Boost 1.74.
    parser_.get().body().max_size(kMaxBodyBytes);
    RETURN_IF_ERROR(Run([this] { Open([this] { Ask(); }); }));
    const auto& answer = parser_.get();
    return HttpAnswer{.status = static_cast<int>(answer.result_int()),
                      .server = std::string(answer[http::field::server]),
                      .body = beast::buffers_to_string(answer.body().data())};
  }

 private:
  // Carries out `begin` and what it leads to, until the end or the deadline.
  absl::Status Run(const std::function<void()>& begin) {
    begin();
    io_.run_for(absl::ToChronoMilliseconds(timeout_));
    if (ended_) return result_;
    return absl::DeadlineExceededError(absl::StrCat(address_.ToString(), " did not answer within ",
                                                    absl::FormatDuration(timeout_)));
  }

  void Open(std::function<void()> then) {
    resolver_.async_resolve(address_.host, absl::StrCat(address_.port),
                            [this, then = std::move(then)](
                                beast::error_code error, const Tcp::resolver::results_type& found) {
                              if (error) return Fail("find", error);
                              stream_.async_connect(
                                  found, [this, then](beast::error_code failed, const auto&) {
                                    if (failed) return Fail("connect to", failed);
                                    then();
                                  });
                            });
  }

  void Ask() {
    http::async_write(stream_, request_, [this](beast::error_code error, size_t) {
      if (error) return Fail("ask", error);
      http::async_read(stream_, buffer_, parser_, [this](beast::error_code failed, size_t) {
        if (failed) return Fail("understand", failed);
        End(absl::OkStatus());
      });
    });
  }

  void Fail(const char* what, const beast::error_code& error) {
    End(absl::UnavailableError(
        absl::StrCat("cannot ", what, " ", address_.ToString(), ": ", error.message())));
  }

  void End(absl::Status result) {
    result_ = std::move(result);
    ended_ = true;
  }

  const ListenAddress address_;
  const absl::Duration timeout_;
  bool ended_ = false;
  absl::Status result_;
  http::request<http::empty_body> request_;
  http::response_parser<http::basic_dynamic_body<beast::flat_buffer>> parser_;
  beast::flat_buffer buffer_;
  asio::io_context io_{1};
  Tcp::resolver resolver_{io_};
  beast::tcp_stream stream_{io_};
};

}  // namespace

absl::StatusOr<HttpAnswer> ProbeHttp(const ListenAddress& address, const std::string& target,
                                     absl::Duration timeout) {
  return Probe(address, timeout).Get(target);
}

absl::Status ProbeTcp(const ListenAddress& address, absl::Duration timeout) {
  return Probe(address, timeout).Connect();
}

ListenAddress ReachableAddress(ListenAddress address) {
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

}  // namespace millrace
