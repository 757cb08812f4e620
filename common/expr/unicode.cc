#include "common/expr/unicode.h"

namespace millrace {
namespace {

// What a lead byte says: how many bytes follow, and the least code point of that length.
struct Lead {
  int following = -1;
  char32_t least = 0;
  char32_t bits = 0;
};

Lead LeadOf(unsigned char byte) {
  if (byte < 0x80) return {0, 0, byte};
  if (byte >= 0xc2 && byte < 0xe0) return {1, 0x80, byte & 0x1fu};
  if (byte >= 0xe0 && byte < 0xf0) return {2, 0x800, byte & 0x0fu};
  if (byte >= 0xf0 && byte < 0xf5) return {3, 0x10000, byte & 0x07u};
  return {};
}

// Whether `bits`, read so far, can still become a code point of its length.
bool MayGoOn(const Lead& lead, char32_t bits, int missing) {
  const char32_t lowest = bits << (6 * missing);
  const char32_t highest = lowest | ((char32_t{1} << (6 * missing)) - 1);
  const bool surrogates_only = lowest >= 0xD800 && highest <= 0xDFFF;
  return highest >= lead.least && lowest <= 0x10FFFF && !surrogates_only;
}

}  // namespace

char32_t NextCodePoint(std::string_view text, size_t& at) {
  const Lead lead = LeadOf(static_cast<unsigned char>(text[at++]));
  if (lead.following < 0) return kReplacementCharacter;
  char32_t bits = lead.bits;
  for (int missing = lead.following - 1; missing >= 0; --missing) {
    if (at >= text.size()) return kReplacementCharacter;
    const auto byte = static_cast<unsigned char>(text[at]);
    const char32_t next = bits << 6 | (byte & 0x3f);
    if ((byte & 0xc0) != 0x80 || !MayGoOn(lead, next, missing)) return kReplacementCharacter;
    bits = next;
    ++at;
  }
  return bits;
}

void AppendCodePoint(char32_t code_point, std::string& out) {
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (surrogate || code_point > 0x10FFFF) code_point = kReplacementCharacter;
  const auto byte = [&out](char32_t bits) { out += static_cast<char>(bits); };
  if (code_point < 0x80) return byte(code_point);
  if (code_point < 0x800) {
    byte(0xc0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    byte(0xe0 | code_point >> 12);
    byte(0x80 | (code_point >> 6 & 0x3f));
  } else {
    byte(0xf0 | code_point >> 18);
    byte(0x80 | (code_point >> 12 & 0x3f));
    byte(0x80 | (code_point >> 6 & 0x3f));
  }
  byte(0x80 | (code_point & 0x3f));
}

void AppendAsUtf8(std::string_view bytes, std::string& out) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t start = at;
    const char32_t code_point = NextCodePoint(bytes, at);
    if (code_point == kReplacementCharacter) {
      AppendCodePoint(code_point, out);
    } else {
      out += bytes.substr(start, at - start);
    }
  }
}

}  // namespace millrace
