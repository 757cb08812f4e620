#include "common/rpc/listen_address.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace millrace {

std::string ListenAddress::ToString() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return is_v6 ? absl::StrCat("[", host, "]:", port) : absl::StrCat(host, ":", port);
}

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text) {
  const auto bad = [&text](const char* why) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not an address: ", why, " (expected host:port)"));
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad("it has no port");
  std::string host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return bad("an IPv6 host stands in brackets");
  }
  if (host.empty()) return bad("it has no host");
  uint32_t port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port > 65535) {
    return bad("the port is not a number from 0 to 65535");
  }
  return ListenAddress{.host = std::move(host), .port = static_cast<uint16_t>(port)};
}

bool IsLoopback(const std::string& host) {
  if (host == "localhost" || host == "::1") return true;
  // 127.0.0.0/8 in dotted form; "127.evil.example" is a name, not an address.
  return absl::StartsWith(host, "127.") &&
         host.find_first_not_of("0123456789.") == std::string::npos;
}

ListenAddress ReachableAddress(const ListenAddress& address, const std::string& host_name) {
  const bool is_any = address.host == "0.0.0.0" || address.host == "::" || address.host == "[::]";
  return {.host = is_any ? host_name : address.host, .port = address.port};
}

absl::Status CheckExposure(const std::string& what, const ListenAddress& address, bool insecure) {
  if (insecure || IsLoopback(address.host)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      what, " would be open to the network at ", address.ToString(),
      " without encryption or authentication: bind it to 127.0.0.1, or accept that with "
      "--insecure"));
}

}  // namespace millrace
