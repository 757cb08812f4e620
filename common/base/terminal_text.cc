#include "common/base/terminal_text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace millrace {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// East Asian Width W and F of Unicode 15, in blocks.
constexpr Range kWide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
    {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18cff},
    {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

// Marks, joiners and directions.
constexpr Range kNoWidth[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f}, {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064}, {0x2066, 0x2069},
    {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

bool IsIn(const Range* begin, const Range* end, uint32_t code) {
  const Range* const at =
      std::lower_bound(begin, end, code, [](const Range& r, uint32_t c) { return r.last < c; });
  return at != end && at->first <= code;
}

size_t WidthOf(uint32_t code) {
  if (code < 0x300) return 1;
  if (IsIn(std::begin(kNoWidth), std::end(kNoWidth), code)) return 0;
  return IsIn(std::begin(kWide), std::end(kWide), code) ? 2 : 1;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Takes a character off the front of `text`, which is not empty; bytes that are no UTF-8 give some
// code.
uint32_t TakeCode(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t size_max = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint32_t code = lead < 0x80 ? lead : lead & (0x7f >> size_max);
  size_t size = 1;
  for (; size < std::min(text.size(), size_max) && IsContinuation(text[size]); ++size) {
    code = code << 6 | (static_cast<unsigned char>(text[size]) & 0x3f);
  }
  text.remove_prefix(size);
  return code;
}

}  // namespace

std::string WithoutControls(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const uint32_t code = TakeCode(text);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      plain += ' ';
    } else {
      plain += before.substr(0, before.size() - text.size());
    }
  }
  return plain;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) width += WidthOf(TakeCode(text));
  return width;
}

std::string_view DisplayPrefix(std::string_view text, size_t width) {
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view next = rest;
    const size_t taken = WidthOf(TakeCode(next));
    if (taken > width) break;
    width -= taken;
    rest = next;
  }
  return text.substr(0, text.size() - rest.size());
}

}  // namespace millrace
