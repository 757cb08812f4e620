#include "coordinator/sql/parse/string_escapes.h"

#include <cstdint>

#include "absl/strings/ascii.h"

namespace millrace {
namespace {

uint32_t HexDigit(char c) {
  return absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
}

std::optional<uint32_t> HexNumber(std::string_view digits) {
  uint32_t value = 0;
  for (const char c : digits) {
    if (!absl::ascii_isxdigit(c)) return std::nullopt;
    value = value * 16 + HexDigit(c);
  }
  return value;
}

bool AppendUtf8(uint32_t scalar, std::string* out) {
  if (scalar > 0x10ffff || (scalar >= 0xd800 && scalar < 0xe000)) return false;
  const auto continuation = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | ((scalar >> shift) & 0x3f)));
  };
  if (scalar < 0x80) {
    out->push_back(static_cast<char>(scalar));
  } else if (scalar < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (scalar >> 6)));
    continuation(0);
  } else if (scalar < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | (scalar >> 12)));
    continuation(6);
    continuation(0);
  } else {
    out->push_back(static_cast<char>(0xf0 | (scalar >> 18)));
    continuation(12);
    continuation(6);
    continuation(0);
  }
  return true;
}

}  // namespace

std::optional<std::string> DecodeHex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const auto byte = HexNumber(digits.substr(i, 2));
    if (!byte.has_value()) return std::nullopt;
    bytes.push_back(static_cast<char>(*byte));
  }
  return bytes;
}

std::optional<std::string> DecodeUnicodeEscapes(std::string_view text, char escape) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] != escape) {
      out.push_back(text[i++]);
      continue;
    }
    ++i;
    if (i < text.size() && text[i] == escape) {
      out.push_back(text[i++]);
      continue;
    }
    const bool six_digits = i < text.size() && text[i] == '+';
    if (six_digits) ++i;
    const size_t length = six_digits ? 6 : 4;
    if (text.size() - i < length) return std::nullopt;
    const auto scalar = HexNumber(text.substr(i, length));
    if (!scalar.has_value() || !AppendUtf8(*scalar, &out)) return std::nullopt;
    i += length;
  }
  return out;
}

}  // namespace millrace
