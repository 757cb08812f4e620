#include "common/expr/decimal_digits.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"

namespace millrace {
namespace {

constexpr int kMaxExponent = 1'000'000;  // Beyond that a text would be of no use.

// Adds one unit of the last place.
void Increment(std::string& digits) {
  for (size_t i = digits.size(); i-- > 0;) {
    if (digits[i] != '9') {
      ++digits[i];
      return;
    }
    digits[i] = '0';
  }
  digits.insert(0, 1, '1');
}

}  // namespace

std::optional<DecimalDigits> DecimalDigits::Parse(std::string_view text) {
  DecimalDigits number;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    number.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t mark = text.find_first_of("eE");
  int exponent = 0;
  if (mark != std::string_view::npos &&
      (!absl::SimpleAtoi(AbslView(text.substr(mark + 1)), &exponent) ||
       std::abs(exponent) > kMaxExponent)) {
    return std::nullopt;
  }
  bool fraction = false;
  for (const char c : text.substr(0, mark)) {
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (!absl::ascii_isdigit(c)) return std::nullopt;
    number.digits += c;
    number.scale += fraction ? 1 : 0;
  }
  if (number.digits.empty()) return std::nullopt;
  number.scale -= exponent;
  return number;
}

bool DecimalDigits::IsZero() const { return digits.find_first_not_of('0') == std::string::npos; }

int DecimalDigits::Exponent() const {
  if (IsZero()) return 0;
  const size_t first = digits.find_first_not_of('0');
  return static_cast<int>(digits.size() - first) - scale - 1;
}

DecimalDigits DecimalDigits::WithScale(int new_scale) const {
  DecimalDigits result = *this;
  result.scale = new_scale;
  if (new_scale >= scale) {
    result.digits.append(new_scale - scale, '0');
    return result;
  }
  const auto cut = static_cast<size_t>(scale - new_scale);
  if (cut > digits.size()) {
    result.digits = "0";
    return result;
  }
  const bool up = digits[digits.size() - cut] >= '5';
  result.digits.resize(digits.size() - cut);
  if (result.digits.empty()) result.digits = "0";
  if (up) Increment(result.digits);
  return result;
}

std::string DecimalDigits::Plain() const {
  std::string whole = digits;
  if (scale <= 0) {
    whole.append(-scale, '0');
  } else if (whole.size() <= static_cast<size_t>(scale)) {
    whole.insert(0, static_cast<size_t>(scale) + 1 - whole.size(), '0');
  }
  std::string fraction;
  if (scale > 0) {
    fraction = whole.substr(whole.size() - scale);
    whole.resize(whole.size() - scale);
  }
  const size_t first = std::min(whole.find_first_not_of('0'), whole.size() - 1);
  whole.erase(0, first);
  return fraction.empty() ? whole : absl::StrCat(whole, ".", fraction);
}

void AppendBigDecimal(std::string_view number, std::string& out) {
  const auto parsed = DecimalDigits::Parse(number);
  if (!parsed) {  // An exponent without use.
    out += number;
    return;
  }
  DecimalDigits value = *parsed;
  value.digits.erase(0, std::min(value.digits.find_first_not_of('0'), value.digits.size() - 1));
  if (value.negative && !value.IsZero()) out += '-';
  const int adjusted = static_cast<int>(value.digits.size()) - 1 - value.scale;
  if (value.scale >= 0 && adjusted >= -6) {
    out += value.Plain();
    return;
  }
  out += value.digits[0];
  if (value.digits.size() > 1) absl::StrAppend(&out, ".", value.digits.substr(1));
  if (adjusted != 0) absl::StrAppend(&out, "E", adjusted > 0 ? "+" : "", adjusted);
}

}  // namespace millrace
