// A number as decimal digits, for formatting it as Java does: Formatter and BigDecimal round the
// shortest text of a DOUBLE, not its exact binary value. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct DecimalDigits {
  bool negative = false;
  std::string digits;  // At least one; may begin with zeros.
  int scale = 0;       // The value is digits / 10^scale.

  // "-12.50", "1e3". Empty if `text` is no such number.
  static std::optional<DecimalDigits> Parse(std::string_view text);

  bool IsZero() const;
  // The power of ten of the first digit that is not zero; 0 for zero.
  int Exponent() const;

  // Rounded half up to `scale` digits after the point, padded with zeros if it has fewer.
  DecimalDigits WithScale(int new_scale) const;

  // "12.50": no exponent, no sign.
  std::string Plain() const;
};

// The text of a number as BigDecimal.toString() gives it: "1e3" is "1E+3", "1.50" stays.
// REQUIRES: `number` is a number of JSON.
void AppendBigDecimal(std::string_view number, std::string& out);

}  // namespace millrace
