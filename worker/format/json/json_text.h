// Appends JSON tokens: strings with their escapes, numbers, times. The forms are those of Flink's
// JSON format. Pure, but for DateText, which remembers the last date.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "arrow/util/decimal.h"

namespace millrace {

// In quotes. Control characters, quotes and backslashes are escaped, other bytes are copied.
void AppendQuotedText(std::string_view text, std::string& out);

// Base64, in quotes.
void AppendJsonBytes(std::string_view bytes, std::string& out);

void AppendJsonInteger(int64_t value, std::string& out);

// With all digits of its scale; `plain` or not decides about small numbers: 0.000000027 or 2.7E-8.
void AppendJsonDecimal(const arrow::Decimal128& value, int scale, bool plain, std::string& out);

// "12:00:05", "12:00:05.12": as many digits of the fraction as it has.
void AppendJsonTimeOfDay(int64_t micros_of_day, std::string& out);

// "2024-01-31"; consecutive rows mostly have the same date, which is then copied.
class DateText {
 public:
  void Append(int64_t days, std::string& out);

 private:
  int64_t days_ = 0;
  std::string text_;  // Empty: none yet.
};

}  // namespace millrace
