// The reading half of JavaDateFormat.
#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "common/columnar/calendar.h"
#include "common/columnar/time_zone.h"
#include "common/expr/java_date_format.h"

namespace millrace {
namespace {

using Token = DatePatternToken;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int kMostDigits = 18;

// What was read; a field that is read twice must be the same.
struct Fields {
  std::optional<int64_t> year, month, day, day_of_year, day_of_week, before_common_era;
  std::optional<int64_t> hour, clock_hour, half_hour, half_clock_hour, afternoon;
  std::optional<int64_t> minute, second, nanos, milli_of_day, nano_of_day;
  std::optional<int64_t> ignored;  // Weeks and quarters: checked by nobody.
};

bool InRange(const std::optional<int64_t>& field, int64_t least, int64_t most) {
  return !field.has_value() || (*field >= least && *field <= most);
}

std::optional<int64_t> Fields::*PlaceOf(char letter) {
  switch (letter) {
    case 'y':
    case 'u':
      return &Fields::year;
    case 'M':
    case 'L':
      return &Fields::month;
    case 'd':
      return &Fields::day;
    case 'D':
      return &Fields::day_of_year;
    case 'H':
      return &Fields::hour;
    case 'k':
      return &Fields::clock_hour;
    case 'K':
      return &Fields::half_hour;
    case 'h':
      return &Fields::half_clock_hour;
    case 'm':
      return &Fields::minute;
    case 's':
      return &Fields::second;
    case 'n':
    case 'S':
      return &Fields::nanos;
    case 'A':
      return &Fields::milli_of_day;
    case 'N':
      return &Fields::nano_of_day;
    default:
      return &Fields::ignored;
  }
}

bool IsYear(char letter) { return letter == 'y' || letter == 'u' || letter == 'Y'; }

int CountDigits(std::string_view text) {
  int digits = 0;
  while (digits < static_cast<int>(text.size()) && absl::ascii_isdigit(text[digits])) ++digits;
  return digits;
}

// Takes `digits` digits off `rest`. REQUIRES: they are there, at most kMostDigits.
int64_t TakeDigits(std::string_view& rest, int digits) {
  int64_t value = 0;
  for (int i = 0; i < digits; ++i) value = value * 10 + (rest[i] - '0');
  rest.remove_prefix(static_cast<size_t>(digits));
  return value;
}

class TextReader {
 public:
  explicit TextReader(std::string_view text) : rest_(text) {}

  bool ReadTokens(const std::vector<Token>& tokens, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const Token& token = tokens[i];
      if (token.letter == '[') {
        const size_t past = i + static_cast<size_t>(token.width) + 1;
        const TextReader before = *this;
        if (!ReadTokens(tokens, i + 1, past)) *this = before;
        i = past - 1;
      } else if (!ReadToken(token)) {
        return false;
      }
    }
    return true;
  }

  bool done() const { return rest_.empty(); }
  const Fields& fields() const { return fields_; }

 private:
  bool ReadToken(const Token& token) {
    if (token.pad > 0) {
      while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    }
    const int width = token.width;
    switch (token.letter) {
      case 0:
        return Take(token.text);
      case 'a':
        return TakeOneOf({"AM", "PM"}, fields_.afternoon);
      case 'G':
        return width == 5   ? TakeOneOf({"A", "B"}, fields_.before_common_era)
               : width == 4 ? TakeOneOf({"Anno Domini", "Before Christ"}, fields_.before_common_era)
                            : TakeOneOf({"AD", "BC"}, fields_.before_common_era);
      case 'E':
        return ReadWeekday(width);
      case 'e':
      case 'c':
        return width > 2 ? ReadWeekday(width) : ReadNumber(token);
      case 'M':
      case 'L':
        return width > 2 ? ReadMonth(width) : ReadNumber(token);
      case 'Q':
      case 'q':
        return width > 2 ? ReadQuarter(width) : ReadNumber(token);
      case 'X':
      case 'x':
      case 'Z':
      case 'O':
        return ReadOffset();
      case 'V':
      case 'v':
      case 'z':
        return ReadZone();
      case 'B':
        return false;
      default:
        return ReadNumber(token);
    }
  }

  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  bool Keep(std::optional<int64_t>& field, int64_t value) {
    if (field.has_value() && *field != value && &field != &fields_.ignored) return false;
    field = value;
    return true;
  }

  bool TakeOneOf(std::initializer_list<std::string_view> names, std::optional<int64_t>& field) {
    int64_t index = 0;
    for (const std::string_view name : names) {
      if (Take(name)) return Keep(field, index);
      ++index;
    }
    return false;
  }

  template <typename NameOf>
  bool TakeName(int count, int width, NameOf name_of, std::optional<int64_t>& field, int first) {
    for (int i = 0; i < count; ++i) {
      std::string_view name = name_of(i);
      if (width == 3) name = name.substr(0, kShortNameLength);
      if (Take(name)) return Keep(field, i + first);
    }
    return false;
  }

  bool ReadMonth(int width) {
    return width <= 4 && TakeName(12, width, MonthName, fields_.month, 1);
  }
  bool ReadWeekday(int width) {
    return width <= 4 && TakeName(7, std::max(width, 3), WeekdayName, fields_.day_of_week, 0);
  }
  bool ReadQuarter(int width) {
    for (int64_t quarter = 1; quarter <= 4; ++quarter) {
      const std::string digit = std::to_string(quarter);
      const std::string_view ordinal = quarter == 1   ? "st"
                                       : quarter == 2 ? "nd"
                                       : quarter == 3 ? "rd"
                                                      : "th";
      const std::string name = width == 3   ? "Q" + digit
                               : width == 4 ? digit + std::string(ordinal) + " quarter"
                                            : digit;
      if (Take(name)) return Keep(fields_.ignored, quarter);
    }
    return false;
  }

  bool ReadNumber(const Token& token) {
    const char letter = token.letter;
    const bool signed_year = IsYear(letter) && token.width != 2;
    const bool plus = signed_year && token.width >= 4 && Take("+");
    const bool minus = signed_year && !plus && Take("-");
    const int there = std::min(CountDigits(rest_), kMostDigits);
    const bool fixed = letter == 'S' || (token.width == 2 && letter != 'D');
    int digits = fixed ? token.width : there;
    if (!fixed && letter == 'D') digits = std::min(digits, token.width == 1 ? kMostDigits : 3);
    if (token.subsequent > 0) digits = std::max(token.width, there - token.subsequent);
    if (digits > there || digits < token.width) return false;
    // A year that is longer than written must say so by its sign.
    if (signed_year && token.width >= 4 && !minus && (digits > token.width) != plus) return false;
    int64_t value = TakeDigits(rest_, digits);
    if (letter == 'S') {
      for (int i = digits; i < 9; ++i) value *= 10;
    }
    if (IsYear(letter) && token.width == 2) value += 2000;
    return Keep(fields_.*PlaceOf(letter), minus ? -value : value);
  }

  // "Z", "+02:00", "GMT+2", "-0530".
  bool ReadOffset() {
    if (Take("Z")) return true;
    const bool prefix = Take("GMT");
    const bool sign = Take("+") || Take("-");
    if (!sign) return prefix;
    if (CountDigits(rest_) == 0) return false;
    while (!rest_.empty() && (absl::ascii_isdigit(rest_[0]) || rest_[0] == ':')) {
      rest_.remove_prefix(1);
    }
    return true;
  }

  bool ReadZone() {
    size_t size = 0;
    while (size < rest_.size() &&
           (absl::ascii_isalnum(rest_[size]) ||
            std::string_view("/_+-:").find(rest_[size]) != std::string_view::npos)) {
      ++size;
    }
    const bool known = size > 0 && TimeZone::Load(rest_.substr(0, size)).ok();
    rest_.remove_prefix(size);
    return known;
  }

  std::string_view rest_;
  Fields fields_;
};

// Microseconds of the day, which may be a whole day. Empty for no time of the day.
std::optional<int64_t> TimeOf(const Fields& fields) {
  const bool right = InRange(fields.hour, 0, 24) && InRange(fields.clock_hour, 0, 24) &&
                     InRange(fields.half_hour, 0, 11) && InRange(fields.half_clock_hour, 0, 12) &&
                     InRange(fields.minute, 0, 59) && InRange(fields.second, 0, 59) &&
                     InRange(fields.nanos, 0, 999'999'999) &&
                     InRange(fields.milli_of_day, 0, kMillisPerDay - 1) &&
                     InRange(fields.nano_of_day, 0, kMicrosPerDay * 1000 - 1);
  if (!right) return std::nullopt;
  if (fields.nano_of_day.has_value()) return *fields.nano_of_day / 1000;
  if (fields.milli_of_day.has_value()) return *fields.milli_of_day * 1000;
  int64_t hour = fields.hour.value_or(0);
  if (fields.clock_hour.has_value()) hour = *fields.clock_hour % 24;
  // Half of an hour of the day is none.
  std::optional<int64_t> half = fields.half_hour;
  if (fields.half_clock_hour.has_value()) half = *fields.half_clock_hour % 12;
  if (half.has_value() && fields.afternoon.has_value()) hour = *half + *fields.afternoon * 12;
  const int64_t rest =
      (fields.minute.value_or(0) * 60 + fields.second.value_or(0)) * kMicrosPerSecond +
      fields.nanos.value_or(0) / 1000;
  if (hour == 24 && rest != 0) return std::nullopt;
  return hour * 3600 * kMicrosPerSecond + rest;
}

std::optional<int64_t> DaysOf(const Fields& fields) {
  if (!InRange(fields.month, 1, 12) || !InRange(fields.day, 1, 31) ||
      !InRange(fields.day_of_year, 1, 366) || !InRange(fields.year, -999'999, 999'999)) {
    return std::nullopt;
  }
  int64_t year = fields.year.value_or(1970);
  if (fields.before_common_era == 1) year = 1 - year;
  CivilDate date{.year = static_cast<int32_t>(year),
                 .month = static_cast<int32_t>(fields.month.value_or(1))};
  date.day =
      std::min(static_cast<int32_t>(fields.day.value_or(1)), DaysInMonth(date.year, date.month));
  int64_t days = DaysOfCivil(date);
  if (fields.day_of_year.has_value() && fields.year.has_value()) {
    days = DaysOfCivil({.year = date.year}) + *fields.day_of_year - 1;
    if (CivilOfDays(days).year != date.year) return std::nullopt;
  }
  const bool whole =
      fields.year.has_value() &&
      (fields.day_of_year.has_value() || (fields.month.has_value() && fields.day.has_value()));
  if (whole && fields.day_of_week.has_value() && FloorMod(days + 4, 7) != *fields.day_of_week) {
    return std::nullopt;
  }
  return days;
}

}  // namespace

std::optional<Moment> JavaDateFormat::Parse(std::string_view text) const {
  TextReader reader(text);
  if (!reader.ReadTokens(tokens_, 0, tokens_.size()) || !reader.done()) return std::nullopt;
  const std::optional<int64_t> days = DaysOf(reader.fields());
  const std::optional<int64_t> micros = TimeOf(reader.fields());
  if (!days.has_value() || !micros.has_value()) return std::nullopt;
  return Moment{.days = *days + *micros / kMicrosPerDay, .micros = *micros % kMicrosPerDay};
}

}  // namespace millrace
