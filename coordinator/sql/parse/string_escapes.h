// What stands between the quotes of x'..' and U&'..'. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// Two hexadecimal digits for every byte; none if it is anything else.
std::optional<std::string> DecodeHex(std::string_view digits);

// <escape>hhhh, <escape>+hhhhhh and the doubled escape to UTF-8; none if malformed or not a
// Unicode scalar value.
std::optional<std::string> DecodeUnicodeEscapes(std::string_view text, char escape);

}  // namespace millrace
