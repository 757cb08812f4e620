#include "common/expr/java_format.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/absl_view.h"
#include "common/expr/decimal_digits.h"
#include "common/expr/unicode.h"
#include "common/expr/utf8.h"

namespace millrace {
namespace {

constexpr int kMaxWidth = 1 << 20;
constexpr int kDefaultPrecision = 6;

struct Specifier {
  int index = 0;  // Of the argument, from 1 on; 0: the next one; -1: the one before.
  std::string flags;
  int width = -1;
  int precision = -1;
  char conversion = 0;  // Lower case.
  bool upper = false;

  bool Has(char flag) const { return flags.find(flag) != std::string::npos; }
};

// The number at the front of `text`, or -1; -2 if it is too large.
int TakeNumber(std::string_view& text) {
  size_t size = 0;
  while (size < text.size() && absl::ascii_isdigit(text[size])) ++size;
  int number = -1;
  if (size > 0 &&
      (!absl::SimpleAtoi(AbslView(text.substr(0, size)), &number) || number > kMaxWidth)) {
    number = -2;
  }
  text.remove_prefix(size);
  return number;
}

// What stands behind a %. False if it is no specifier.
bool TakeSpecifier(std::string_view& text, Specifier& specifier) {
  std::string_view ahead = text;
  if (!ahead.empty() && ahead[0] != '0') {
    const int index = TakeNumber(ahead);
    if (index > 0 && ahead.starts_with('$')) {
      specifier.index = index;
      text = ahead.substr(1);
    }
  }
  while (!text.empty() && std::string_view("-#+ 0,(<").find(text[0]) != std::string_view::npos) {
    if (specifier.Has(text[0])) return false;
    if (text[0] == '<') specifier.index = -1;
    specifier.flags += text[0];
    text.remove_prefix(1);
  }
  specifier.width = TakeNumber(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    specifier.precision = TakeNumber(text);
    if (specifier.precision < 0) return false;
  }
  if (specifier.width == -2 || text.empty()) return false;
  const char c = text[0];
  specifier.upper = absl::ascii_isupper(c);
  specifier.conversion = absl::ascii_tolower(c);
  text.remove_prefix(1);
  // There are no upper-case forms of the others.
  if (specifier.upper &&
      std::string_view("bcegsx").find(specifier.conversion) == std::string_view::npos) {
    return false;
  }
  const bool padded = specifier.Has('-') || specifier.Has('0');
  if (padded && specifier.width < 0) return false;
  return !(specifier.Has('-') && specifier.Has('0')) && !(specifier.Has('+') && specifier.Has(' '));
}

std::string Grouped(const std::string& plain) {
  const size_t point = std::min(plain.find('.'), plain.size());
  std::string grouped;
  for (size_t i = 0; i < point; ++i) {
    if (i > 0 && (point - i) % 3 == 0) grouped += ',';
    grouped += plain[i];
  }
  return grouped + plain.substr(point);
}

void Pad(const Specifier& specifier, std::string text, std::string& out) {
  if (specifier.upper) absl::AsciiStrToUpper(&text);
  const int64_t missing = specifier.width - Utf8Length(text);
  if (missing > 0 && !specifier.Has('-')) out.append(missing, ' ');
  out += text;
  if (missing > 0 && specifier.Has('-')) out.append(missing, ' ');
}

// Sign, zeros and parentheses around the digits of a number.
void AppendNumber(const Specifier& specifier, bool negative, std::string digits, std::string& out) {
  std::string before;
  std::string after;
  if (negative) {
    before = specifier.Has('(') ? "(" : "-";
    after = specifier.Has('(') ? ")" : "";
  } else if (specifier.Has('+') || specifier.Has(' ')) {
    before = specifier.Has('+') ? "+" : " ";
  }
  if (specifier.Has('0')) {
    const auto size = static_cast<int>(before.size() + digits.size() + after.size());
    if (size < specifier.width) digits.insert(0, specifier.width - size, '0');
  }
  Pad(specifier, absl::StrCat(before, digits, after), out);
}

bool AppendInteger(const Specifier& specifier, const FormatInteger& integer, std::string& out) {
  if (specifier.precision >= 0) return false;
  if (specifier.conversion == 'd') {
    if (specifier.Has('#')) return false;
    const bool negative = integer.value < 0;
    const auto bits = static_cast<uint64_t>(integer.value);
    std::string digits = absl::StrCat(negative ? 0 - bits : bits);
    if (specifier.Has(',')) digits = Grouped(digits);
    AppendNumber(specifier, negative, std::move(digits), out);
    return true;
  }
  if (specifier.Has(',') || specifier.Has('(') || specifier.Has('+') || specifier.Has(' ')) {
    return false;
  }
  const uint64_t mask = integer.bits == 64 ? ~uint64_t{0} : (uint64_t{1} << integer.bits) - 1;
  const uint64_t value = static_cast<uint64_t>(integer.value) & mask;
  const bool hex = specifier.conversion == 'x';
  std::string digits = hex ? absl::StrFormat("%x", value) : absl::StrFormat("%o", value);
  std::string before = specifier.Has('#') ? (hex ? "0x" : "0") : "";
  const auto size = static_cast<int>(before.size() + digits.size());
  if (specifier.Has('0') && size < specifier.width) before.append(specifier.width - size, '0');
  Pad(specifier, before + digits, out);
  return true;
}

// One digit before the point, `precision` behind it, and an exponent of at least two digits.
std::string Scientific(const DecimalDigits& number, int precision) {
  int exponent = number.Exponent();
  DecimalDigits rounded = number.WithScale(precision - exponent);
  if (rounded.Exponent() > exponent && !rounded.IsZero()) {
    exponent = rounded.Exponent();
    rounded = number.WithScale(precision - exponent);
  }
  rounded.scale = precision;
  return absl::StrFormat("%se%s%02d", rounded.Plain(), exponent < 0 ? "-" : "+",
                         std::abs(exponent));
}

bool AppendReal(const Specifier& specifier, const FormatReal& real, std::string& out) {
  const auto number = DecimalDigits::Parse(real.text);
  if (!number) {  // NaN, Infinity: never padded with zeros.
    Specifier plain = specifier;
    plain.flags.erase(std::remove(plain.flags.begin(), plain.flags.end(), '0'), plain.flags.end());
    const bool negative = real.text[0] == '-';
    if (real.text == "NaN") plain.flags = plain.Has('-') ? "-" : "";
    AppendNumber(plain, negative, real.text.substr(negative ? 1 : 0), out);
    return true;
  }
  int precision = specifier.precision < 0 ? kDefaultPrecision : specifier.precision;
  bool scientific = specifier.conversion == 'e';
  if (specifier.conversion == 'g') {
    precision = std::max(precision, 1);
    const DecimalDigits rounded = number->WithScale(precision - 1 - number->Exponent());
    scientific = !number->IsZero() && (rounded.Exponent() < -4 || rounded.Exponent() >= precision);
    precision -= scientific || number->IsZero() ? 1 : rounded.Exponent() + 1;
  }
  if (scientific && specifier.Has(',')) return false;
  std::string digits =
      scientific ? Scientific(*number, precision) : number->WithScale(precision).Plain();
  if (specifier.Has(',')) digits = Grouped(digits);
  AppendNumber(specifier, number->negative, std::move(digits), out);
  return true;
}

std::string TextOf(const FormatValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "null";
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (const auto* integer = std::get_if<FormatInteger>(&value)) return absl::StrCat(integer->value);
  if (const auto* real = std::get_if<FormatReal>(&value)) return real->text;
  return std::string(std::get<std::string_view>(value));
}

void AppendText(const Specifier& specifier, std::string text, std::string& out) {
  if (specifier.precision >= 0) text.resize(Utf8Offset(text, specifier.precision));
  Pad(specifier, std::move(text), out);
}

bool AppendCharacter(const Specifier& specifier, const FormatInteger& integer, std::string& out) {
  if (integer.value < 0 || integer.value > 0x10FFFF || specifier.precision >= 0) return false;
  std::string character;
  AppendCodePoint(static_cast<char32_t>(integer.value), character);
  Pad(specifier, std::move(character), out);
  return true;
}

bool AppendValue(const Specifier& specifier, const FormatValue& value, std::string& out) {
  const bool null = std::holds_alternative<std::monostate>(value);
  const auto* integer = std::get_if<FormatInteger>(&value);
  const auto* real = std::get_if<FormatReal>(&value);
  switch (specifier.conversion) {
    case 'b':
      AppendText(specifier,
                 std::holds_alternative<bool>(value) ? TextOf(value)
                 : null                              ? "false"
                                                     : "true",
                 out);
      return true;
    case 's':
      if (specifier.Has('#')) return false;
      AppendText(specifier, TextOf(value), out);
      return true;
    case 'c':
      if (integer != nullptr) return AppendCharacter(specifier, *integer, out);
      break;
    case 'd':
    case 'o':
    case 'x':
      if (integer != nullptr) return AppendInteger(specifier, *integer, out);
      break;
    case 'e':
    case 'f':
    case 'g':
      if (real != nullptr) return AppendReal(specifier, *real, out);
      break;
    default:
      return false;
  }
  if (null) AppendText(specifier, "null", out);
  return null;
}

// %n and %% take no argument. False: it is neither.
bool AppendConstant(const Specifier& specifier, std::string& out) {
  if (specifier.conversion == 'n' && specifier.width < 0 && specifier.flags.empty()) {
    out += '\n';
    return true;
  }
  if (specifier.conversion != '%') return false;
  Pad(specifier, "%", out);
  return true;
}

}  // namespace

bool AppendJavaFormat(std::string_view format, const std::vector<FormatValue>& values,
                      std::string& out) {
  size_t next = 0;
  size_t last = values.size();  // None yet.
  while (!format.empty()) {
    const size_t percent = std::min(format.find('%'), format.size());
    out += format.substr(0, percent);
    format.remove_prefix(percent);
    if (format.empty()) break;
    format.remove_prefix(1);
    Specifier specifier;
    if (!TakeSpecifier(format, specifier)) return false;
    if (AppendConstant(specifier, out)) continue;
    if (specifier.index > 0) last = specifier.index - 1;
    if (specifier.index == 0) last = next++;
    if (last >= values.size() || !AppendValue(specifier, values[last], out)) return false;
  }
  return true;
}

}  // namespace millrace
