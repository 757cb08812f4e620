// The proleptic Gregorian calendar on which DATE and TIMESTAMP count: days, milliseconds and
// microseconds from 1970-01-01, and their text. Pure; no time zone but UTC.
#pragma once

#include <cstdint>
#include <string>

namespace millrace {

inline constexpr int64_t kMillisPerDay = 86'400'000;
inline constexpr int64_t kMicrosPerDay = kMillisPerDay * 1000;

struct CivilDate {
  int32_t year = 1970;
  int32_t month = 1;  // 1..12
  int32_t day = 1;    // 1..31
};

CivilDate CivilOfDays(int64_t days);
// REQUIRES: month in 1..12. A day past the month's end runs into the next month.
int64_t DaysOfCivil(const CivilDate& date);
int DaysInMonth(int32_t year, int32_t month);

// Quotient toward minus infinity: the day of a time before 1970.
inline int64_t FloorDiv(int64_t value, int64_t divisor) {
  const int64_t quotient = value / divisor;
  return quotient - ((value % divisor != 0 && (value < 0) != (divisor < 0)) ? 1 : 0);
}
inline int64_t FloorMod(int64_t value, int64_t divisor) {
  const int64_t rest = value % divisor;
  return rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest;
}

// "2024-01-31"
void AppendDate(int64_t days, std::string& out);

// "12:00:05" and `fraction_digits` digits of the fraction after a point.
void AppendTimeOfDay(int64_t micros_of_day, int fraction_digits, std::string& out);

// As Java's LocalTime.toString(): "12:00", "12:00:05", "12:00:05.120", "12:00:05.120500".
void AppendJavaTimeOfDay(int64_t micros_of_day, std::string& out);

}  // namespace millrace
