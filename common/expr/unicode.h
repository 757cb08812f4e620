// Code points in UTF-8. Pure. Lengths and offsets in characters: utf8.h.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

constexpr char32_t kReplacementCharacter = 0xFFFD;

// The code point at byte `at`, which is moved behind it. What is no UTF-8 gives the replacement
// character, once for each longest run of bytes that could have begun a character, as Java decodes.
// REQUIRES: at < text.size().
char32_t NextCodePoint(std::string_view text, size_t& at);

// Surrogates and what is above 0x10FFFF become the replacement character.
void AppendCodePoint(char32_t code_point, std::string& out);

// `bytes` with every part that is no UTF-8 replaced.
void AppendAsUtf8(std::string_view bytes, std::string& out);

}  // namespace millrace
