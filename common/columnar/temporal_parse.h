// Text to DATE, TIME and TIMESTAMP, as CAST and the formats read it. Pure; no time zone but UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

// "2024-01-31"; months and days may have one digit. Empty if it is no date of the calendar.
std::optional<int64_t> ParseDate(std::string_view text);

// "12:00", "12:00:05", "12:00:05.123456789": microseconds of the day; further digits are cut off.
std::optional<int64_t> ParseTimeOfDay(std::string_view text);

struct ParsedTimestamp {
  int64_t days = 0;
  int64_t micros_of_day = 0;
  bool zoned = false;  // "Z" or an offset followed; the time is in UTC.

  // In the unit of a TIMESTAMP(precision) column (TYPES.md), digits beyond `precision` cut off.
  // Empty if microseconds overflow.
  std::optional<int64_t> InUnitOf(int precision) const;
};

// A date, or a date and a time of day between which stands ' ' or 'T'; then, if anything, 'Z' or an
// offset as +02:00. Empty for anything else.
std::optional<ParsedTimestamp> ParseTimestamp(std::string_view text);

}  // namespace millrace
