// PARSE_URL, by the rules of java.net.URL: known protocols only, nothing is decoded.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "common/base/absl_view.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

using View = std::string_view;

constexpr std::array<View, 5> kProtocols = {"http", "https", "ftp", "file", "mailto"};

// What comes before the first `mark`, which is taken off with it; all if there is none.
View TakeUntil(View& text, char mark) {
  const size_t at = text.find(mark);
  const View before = text.substr(0, at);
  text = at == View::npos ? View() : text.substr(at + 1);
  return before;
}

struct Url {
  std::string protocol;
  View authority;
  View host;
  std::optional<View> user;
  View file;  // Path and query.
  View path;
  std::optional<View> query;
  std::optional<View> reference;
};

// False if the port is no number.
bool ParseAuthority(Url& url) {
  View host = url.authority;
  const size_t at = host.find('@');
  if (at != View::npos) {
    url.user = host.substr(0, at);
    host.remove_prefix(at + 1);
  }
  // An IPv6 address has colons of its own, in brackets.
  const size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == View::npos) return false;
  const size_t colon = host.find(':', bracket);
  const View port = colon == View::npos ? View() : host.substr(colon + 1);
  url.host = host.substr(0, colon);
  return std::all_of(port.begin(), port.end(), absl::ascii_isdigit);
}

std::optional<Url> ParseUrl(View text) {
  Url url;
  const size_t hash = text.find('#');
  if (hash != View::npos) {
    url.reference = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  const size_t colon = text.find(':');
  if (colon == View::npos) return std::nullopt;
  url.protocol = absl::AsciiStrToLower(AbslView(text.substr(0, colon)));
  if (std::find(kProtocols.begin(), kProtocols.end(), url.protocol) == kProtocols.end()) {
    return std::nullopt;
  }
  text.remove_prefix(colon + 1);
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const size_t end = std::min(text.find_first_of("/?"), text.size());
    url.authority = text.substr(0, end);
    text.remove_prefix(end);
    if (!ParseAuthority(url)) return std::nullopt;
  }
  url.file = text;
  const bool has_query = text.find('?') != View::npos;
  url.path = TakeUntil(text, '?');
  if (has_query) url.query = text;
  return url;
}

std::optional<View> PartOf(const Url& url, View part) {
  if (part == "HOST") return url.host;
  if (part == "PATH") return url.path;
  if (part == "QUERY") return url.query;
  if (part == "REF") return url.reference;
  if (part == "PROTOCOL") return url.protocol;
  if (part == "AUTHORITY") return url.authority;
  if (part == "FILE") return url.file;
  if (part == "USERINFO") return url.user;
  return std::nullopt;
}

std::optional<View> ValueOfKey(View query, View key) {
  while (!query.empty() && !key.empty()) {
    View value = TakeUntil(query, '&');
    const bool has_value = value.find('=') != View::npos;
    if (TakeUntil(value, '=') == key && has_value) return value;
  }
  return std::nullopt;
}

void Append(std::optional<View> part, TextSink& out, RowContext& row) {
  if (!part) return row.SetNull();
  out.Append(*part);
}

}  // namespace

void AddUrlFunctions(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  table.Add("parse_url", "",
            {{"STRING, STRING", string,
              Lift<Text(View, View)>([](View text, View part, TextSink& out, RowContext& row) {
                const auto url = ParseUrl(text);
                Append(url ? PartOf(*url, part) : std::nullopt, out, row);
              }),
              /*nullable=*/true},
             {"STRING, STRING, STRING", string,
              Lift<Text(View, View, View)>([](View text, View part, View key, TextSink& out,
                                              RowContext& row) {
                const auto url = part == "QUERY" ? ParseUrl(text) : std::nullopt;
                Append(url && url->query ? ValueOfKey(*url->query, key) : std::nullopt, out, row);
              }),
              /*nullable=*/true}});
}

}  // namespace millrace
