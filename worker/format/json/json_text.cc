#include "worker/format/json/json_text.h"

#include <array>
#include <charconv>

#include "absl/strings/escaping.h"
#include "common/base/absl_view.h"
#include "common/columnar/calendar.h"

namespace millrace {
namespace {

// What follows the backslash for each byte: 0 for bytes that need none, 'u' for \u00XX.
constexpr std::array<char, 256> MakeEscapes() {
  std::array<char, 256> escapes{};
  for (int c = 0; c < 0x20; ++c) escapes[static_cast<size_t>(c)] = 'u';
  escapes['\b'] = 'b';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\f'] = 'f';
  escapes['\r'] = 'r';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}
constexpr std::array<char, 256> kEscapes = MakeEscapes();

char* PutTwo(int64_t value, char* out) {
  out[0] = static_cast<char>('0' + value / 10);
  out[1] = static_cast<char>('0' + value % 10);
  return out + 2;
}

}  // namespace

void AppendQuotedText(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  out += '"';
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = kEscapes[byte];
    if (escape == 0) continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    out += '\\';
    out += escape;
    if (escape == 'u') out.append({'0', '0', kHex[byte >> 4], kHex[byte & 15]});
  }
  out.append(text, copied);
  out += '"';
}

void AppendJsonBytes(std::string_view bytes, std::string& out) {
  std::string text;
  absl::Base64Escape(AbslView(bytes), &text);
  out += '"';
  out += text;
  out += '"';
}

void AppendJsonInteger(int64_t value, std::string& out) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, static_cast<size_t>(end - digits));
}

void AppendJsonDecimal(const arrow::Decimal128& value, int scale, bool plain, std::string& out) {
  if (!plain) {
    out += value.ToString(scale);
    return;
  }
  std::string digits = value.ToIntegerString();
  const size_t sign = digits[0] == '-' ? 1 : 0;
  const auto fraction = static_cast<size_t>(scale);
  if (digits.size() - sign <= fraction)
    digits.insert(sign, fraction + 1 + sign - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - fraction, 1, '.');
  out += digits;
}

void AppendJsonTimeOfDay(int64_t micros_of_day, std::string& out) {
  const int64_t seconds = micros_of_day / 1'000'000;
  char text[16];
  char* end = PutTwo(seconds / 3600, text);
  *end++ = ':';
  end = PutTwo(seconds / 60 % 60, end);
  *end++ = ':';
  end = PutTwo(seconds % 60, end);
  if (int64_t fraction = micros_of_day % 1'000'000; fraction != 0) {
    *end++ = '.';
    for (int64_t unit = 100'000; fraction != 0; unit /= 10) {
      *end++ = static_cast<char>('0' + fraction / unit);
      fraction %= unit;
    }
  }
  out.append(text, static_cast<size_t>(end - text));
}

void DateText::Append(int64_t days, std::string& out) {
  if (days != days_ || text_.empty()) {
    text_.clear();
    AppendDate(days, text_);
    days_ = days;
  }
  out += text_;
}

}  // namespace millrace
