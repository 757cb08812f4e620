// The part of the HTTP server that knows no sockets: routes and escaping.

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "common/rpc/http_server.h"

namespace millrace {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = absl::ascii_tolower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Empty if a percent sequence is broken or hides a NUL.
std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

bool Matches(std::string_view route, std::string_view path) {
  if (route == path) return true;
  return route.size() > 1 && route.back() == '/' && path.substr(0, route.size()) == route;
}

}  // namespace

HttpResponse Route(const std::vector<HttpRoute>& routes, std::string_view target) {
  const std::optional<std::string> path = PercentDecode(target.substr(0, target.find('?')));
  if (!path.has_value()) return {.status = 400, .body = "the path is not readable\n"};
  for (const HttpRoute& route : routes) {
    if (!Matches(route.path, *path)) continue;
    return route.handler({.path = *path, .remainder = path->substr(route.path.size())});
  }
  std::string body = absl::StrCat("nothing here; there is:\n");
  for (const HttpRoute& route : routes) absl::StrAppend(&body, "  ", route.path, "\n");
  return {.status = 404, .body = body};
}

std::string JsonQuote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&quoted, "\\u%04x", c);
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

std::string HtmlEscape(std::string_view text) {
  return absl::StrReplaceAll(
      absl::string_view(text.data(), text.size()),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

}  // namespace millrace
