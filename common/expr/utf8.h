// Characters of UTF-8 strings. A character is a code point, as in Flink's string functions; bytes
// that are no UTF-8 count as their lead bytes say. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

inline bool IsUtf8Start(char byte) { return (byte & 0xc0) != 0x80; }

inline int64_t Utf8Length(std::string_view text) {
  int64_t length = 0;
  for (const char byte : text) length += IsUtf8Start(byte) ? 1 : 0;
  return length;
}

// The byte at which character `index` starts; the size if there is none. REQUIRES: index >= 0.
inline size_t Utf8Offset(std::string_view text, int64_t index) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (IsUtf8Start(text[at]) && index-- == 0) return at;
  }
  return at;
}

}  // namespace millrace
