// Debian 12 builds Abseil with a string_view of its own: a std::string_view needs this to enter it.
#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace millrace {

inline absl::string_view AbslView(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace millrace
