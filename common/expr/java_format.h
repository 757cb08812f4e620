// Format strings of java.util.Formatter: %[index$][flags][width][.precision]conversion with the
// conversions b c d e f g n o s x % and their upper-case forms. Dates (%t), hash codes (%h) and
// hexadecimal floating point (%a) are not built. Numbers are written for the locale of no country:
// 1,234.5.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace {

// An argument as Java sees it.
struct FormatInteger {
  int64_t value;
  int bits;  // Of its type: what %x shows of a negative one.
};
struct FormatReal {
  std::string text;  // "-1.5", "1.0E10", "NaN", "Infinity"
};
using FormatValue = std::variant<std::monostate, bool, FormatInteger, FormatReal, std::string_view>;

// Appends to `out`. False if Java would throw: a broken format, a missing argument, a conversion
// that does not fit its argument. `out` is then of no use.
bool AppendJavaFormat(std::string_view format, const std::vector<FormatValue>& values,
                      std::string& out);

}  // namespace millrace
