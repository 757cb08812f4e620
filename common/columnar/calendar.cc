#include "common/columnar/calendar.h"

#include <cstdlib>

namespace millrace {
namespace {

constexpr int64_t kDaysPerEra = 146'097;  // 400 years.
constexpr int64_t kEpochShift = 719'468;  // Days from 0000-03-01 to 1970-01-01.

void AppendPadded(int64_t value, int digits, std::string& out) {
  char text[20];
  int length = 0;
  do {
    text[length++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0);
  while (length < digits) text[length++] = '0';
  while (length > 0) out += text[--length];
}

}  // namespace

// Years that begin in March put the leap day last, so that months have a regular length pattern.
CivilDate CivilOfDays(int64_t days) {
  const int64_t shifted = days + kEpochShift;
  const int64_t era = FloorDiv(shifted, kDaysPerEra);
  const int64_t day_of_era = shifted - era * kDaysPerEra;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = static_cast<int32_t>(day_of_year - (153 * march_month + 2) / 5 + 1);
  date.month = static_cast<int32_t>(march_month < 10 ? march_month + 3 : march_month - 9);
  date.year = static_cast<int32_t>(year_of_era + era * 400 + (date.month <= 2 ? 1 : 0));
  return date;
}

int64_t DaysOfCivil(const CivilDate& date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = FloorDiv(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t march_month = date.month > 2 ? date.month - 3 : date.month + 9;
  const int64_t day_of_year = (153 * march_month + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysPerEra + day_of_era - kEpochShift;
}

int DaysInMonth(int32_t year, int32_t month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

void AppendDate(int64_t days, std::string& out) {
  const CivilDate date = CivilOfDays(days);
  if (date.year < 0) out += '-';
  AppendPadded(std::abs(date.year), 4, out);
  out += '-';
  AppendPadded(date.month, 2, out);
  out += '-';
  AppendPadded(date.day, 2, out);
}

void AppendTimeOfDay(int64_t micros_of_day, int fraction_digits, std::string& out) {
  const int64_t seconds = micros_of_day / 1'000'000;
  AppendPadded(seconds / 3600, 2, out);
  out += ':';
  AppendPadded(seconds / 60 % 60, 2, out);
  out += ':';
  AppendPadded(seconds % 60, 2, out);
  if (fraction_digits <= 0) return;
  int64_t fraction = micros_of_day % 1'000'000;
  out += '.';
  const size_t point = out.size();
  AppendPadded(fraction, 6, out);
  out.resize(point + fraction_digits, '0');
}

void AppendJavaTimeOfDay(int64_t micros_of_day, std::string& out) {
  const int64_t fraction = micros_of_day % 1'000'000;
  const int digits = fraction == 0 ? 0 : fraction % 1000 == 0 ? 3 : 6;
  AppendTimeOfDay(micros_of_day, digits, out);
  if (micros_of_day % 60'000'000 == 0) out.resize(out.size() - 3);
}

}  // namespace millrace
