// JSON objects as text, member by member. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/rpc/http_server.h"

namespace millrace {

class JsonObject {
 public:
  JsonObject& Text(std::string_view name, std::string_view value) {
    return Raw(name, JsonQuote(value));
  }
  JsonObject& Number(std::string_view name, int64_t value) {
    return Raw(name, absl::StrCat(value));
  }
  // `json` is JSON already.
  JsonObject& Raw(std::string_view name, std::string_view json) {
    members_.push_back(absl::StrCat(JsonQuote(name), ": ", std::string(json)));
    return *this;
  }
  std::string End() const { return absl::StrCat("{", absl::StrJoin(members_, ", "), "}"); }

 private:
  std::vector<std::string> members_;
};

inline std::string JsonArray(const std::vector<std::string>& elements) {
  return absl::StrCat("[", absl::StrJoin(elements, ", "), "]");
}

}  // namespace millrace
