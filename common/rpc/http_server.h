// A small HTTP/1.1 server for what people, probes and Prometheus read: GET and HEAD of a few
// routes.
//
// Every connection is asynchronous on the server's one thread; handlers run on that thread too, so
// they answer from what is in memory and never block. Bounds: request head 16 KiB, no body, 30 s
// for a request to come, 256 connections.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/listen_address.h"

namespace millrace {

struct HttpRequest {
  std::string path;       // Decoded, without the query: "/api/v1/jobs/job-1".
  std::string remainder;  // What follows the route's prefix: "job-1".
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

struct HttpRoute {
  // "/metrics" matches exactly; a path that ends in '/' matches all that begin with it ("/" itself:
  // exactly).
  std::string path;
  std::function<HttpResponse(const HttpRequest&)> handler;
};

struct HttpServerOptions {
  ListenAddress address;
  std::string thread_name = "http";
  std::vector<HttpRoute> routes;  // The first that matches answers.
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;                   // Closes all connections.
  virtual const ListenAddress& address() const = 0;  // With the real port.

  // Listens and serves at once; kUnavailable, naming address and cause, if it cannot.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpServerOptions options);
};

// The answer for `target` ("/path?query") by `routes`: 404 with the list of routes if none matches.
// Pure.
HttpResponse Route(const std::vector<HttpRoute>& routes, std::string_view target);

// For the value of a string in JSON or in HTML.
std::string JsonQuote(std::string_view text);
std::string HtmlEscape(std::string_view text);

}  // namespace millrace
