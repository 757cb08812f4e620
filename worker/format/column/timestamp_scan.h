// The fast path for the timestamps that nearly every record has: "2024-01-31 12:00:05" and
// "2024-01-31 12:00:05.123", by their fixed places. Anything else is left to
// common/columnar/temporal_parse.h. Not thread-safe: it remembers the last date, which the next
// record probably has too.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>

#include "common/columnar/calendar.h"

namespace millrace {

class TimestampScan {
 public:
  static constexpr int64_t kSecondsSize = 19;
  static constexpr int64_t kMillisSize = 23;

  // Milliseconds since 1970 if the `size` bytes at `text` are exactly such a timestamp, with
  // `separator` between date and time.
  std::optional<int64_t> Parse(const char* text, int64_t size, char separator) {
    if (size != kMillisSize && size != kSecondsSize) return std::nullopt;
    uint64_t date[2] = {0, 0};
    std::memcpy(date, text, 10);
    if (date[0] != date_[0] || date[1] != date_[1]) {
      if (!ParseDay(text)) return std::nullopt;
      date_[0] = date[0];
      date_[1] = date[1];
    }
    const unsigned hour = Two(text + 11);
    const unsigned minute = Two(text + 14);
    const unsigned second = Two(text + 17);
    const bool fits = (text[10] == separator) & (text[13] == ':') & (text[16] == ':') &
                      (hour < 24) & (minute < 60) & (second < 60);
    if (!fits) return std::nullopt;
    int64_t millis = day_millis_ + ((hour * 60 + minute) * 60 + second) * int64_t{1000};
    if (size == kMillisSize) {
      const unsigned tenths = Digit(text[20]);
      const unsigned rest = Two(text + 21);
      if ((text[19] != '.') | (tenths > 9) | (rest > 99)) return std::nullopt;
      millis += tenths * 100 + rest;
    }
    return millis;
  }

 private:
  static constexpr unsigned kNoNumber = 1000;

  static unsigned Digit(char c) { return static_cast<unsigned char>(c) - unsigned{'0'}; }
  // The value of two digits; kNoNumber or more if they are none.
  static unsigned Two(const char* text) {
    const unsigned tens = Digit(text[0]);
    const unsigned ones = Digit(text[1]);
    return (tens > 9) | (ones > 9) ? kNoNumber : tens * 10 + ones;
  }

  bool ParseDay(const char* text) {
    const unsigned century = Two(text);
    const unsigned year = Two(text + 2);
    const unsigned month = Two(text + 5);
    const unsigned day = Two(text + 8);
    if (century >= kNoNumber || year >= kNoNumber || text[4] != '-' || text[7] != '-') return false;
    if (month < 1 || month > 12 || day < 1) return false;
    const auto civil_year = static_cast<int32_t>(century * 100 + year);
    const auto civil_month = static_cast<int32_t>(month);
    if (static_cast<int>(day) > DaysInMonth(civil_year, civil_month)) return false;
    day_millis_ =
        DaysOfCivil({.year = civil_year, .month = civil_month, .day = static_cast<int32_t>(day)}) *
        kMillisPerDay;
    return true;
  }

  uint64_t date_[2] = {~uint64_t{0},
                       ~uint64_t{0}};  // The bytes of the last date; at first of none.
  int64_t day_millis_ = 0;
};

}  // namespace millrace
