#include "common/expr/temporal_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"
#include "common/columnar/calendar.h"
#include "common/columnar/temporal_parse.h"

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int kMicrosDigits = 6;
constexpr size_t kNanosDigits = 9;

// Numbers between separators, each of at most `most` digits. Empty if there is anything else.
std::vector<int64_t> Numbers(absl::string_view text, char separator, size_t most) {
  std::vector<int64_t> numbers;
  for (const absl::string_view part : absl::StrSplit(text, separator)) {
    int64_t number = 0;
    for (const char c : part) {
      if (!absl::ascii_isdigit(c)) return {};
    }
    if (part.empty() || part.size() > most || !absl::SimpleAtoi(part, &number)) return {};
    numbers.push_back(number);
  }
  return numbers;
}

// ".5", ".123456789": microseconds. Empty if it is none.
std::optional<int64_t> Fraction(absl::string_view digits) {
  if (digits.empty() || digits.size() > kNanosDigits) return std::nullopt;
  int64_t micros = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (!absl::ascii_isdigit(digits[i])) return std::nullopt;
    if (i < kMicrosDigits) micros = micros * 10 + (digits[i] - '0');
  }
  for (size_t i = digits.size(); i < kMicrosDigits; ++i) micros *= 10;
  return micros;
}

// Hours, minutes and seconds with a fraction.
struct Clock {
  std::vector<int64_t> parts;
  int64_t micros = 0;
};

std::optional<Clock> SplitClock(absl::string_view text) {
  Clock clock;
  const size_t point = text.find('.');
  if (point != absl::string_view::npos) {
    const auto micros = Fraction(text.substr(point + 1));
    if (!micros) return std::nullopt;
    clock.micros = *micros;
  }
  clock.parts = Numbers(text.substr(0, point), ':', 2);
  if (clock.parts.empty() || clock.parts.size() > 3) return std::nullopt;
  if (point != absl::string_view::npos && clock.parts.size() != 3) return std::nullopt;
  clock.parts.resize(3, 0);
  return clock;
}

// Four digits of the year, one or two of month and day; a day past the month's end runs on.
std::optional<int64_t> JavaSqlDate(absl::string_view text) {
  const std::vector<int64_t> parts = Numbers(text, '-', 4);
  if (parts.size() != 3 || text.find('-') != 4 || parts[1] < 1 || parts[1] > 12 || parts[2] < 1 ||
      parts[2] > 31) {
    return std::nullopt;
  }
  return DaysOfCivil(
             {.year = static_cast<int32_t>(parts[0]), .month = static_cast<int32_t>(parts[1])}) +
         parts[2] - 1;
}

std::optional<Moment> JavaSqlTimestamp(std::string_view text) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(AbslView(text));
  const size_t blank = trimmed.find(' ');
  const auto days = JavaSqlDate(trimmed.substr(0, blank));
  if (!days) return std::nullopt;
  if (blank == absl::string_view::npos) return Moment{.days = *days};
  const absl::string_view time = trimmed.substr(blank + 1);
  const auto clock = SplitClock(time);
  if (!clock || std::count(time.begin(), time.end(), ':') != 2) return std::nullopt;
  const int64_t micros =
      ((clock->parts[0] * 60 + clock->parts[1]) * 60 + clock->parts[2]) * kMicrosPerSecond +
      clock->micros;
  return Moment{.days = *days + micros / kMicrosPerDay, .micros = micros % kMicrosPerDay};
}

bool HasTimestampYear(const Moment& moment) {
  static const int64_t kFirst = DaysOfCivil({.year = 0});
  static const int64_t kPast = DaysOfCivil({.year = 10'000});
  return moment.days >= kFirst && moment.days < kPast;
}

}  // namespace

std::optional<int64_t> ParseSqlDate(std::string_view text) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(AbslView(text));
  std::vector<int64_t> parts = Numbers(trimmed.substr(0, trimmed.find(' ')), '-', 6);
  if (parts.empty() || parts.size() > 3) return std::nullopt;
  parts.resize(3, 1);
  const auto year = static_cast<int32_t>(parts[0]);
  const auto month = static_cast<int32_t>(parts[1]);
  if (month < 1 || month > 12 || parts[2] < 1 || parts[2] > DaysInMonth(year, month)) {
    return std::nullopt;
  }
  return DaysOfCivil({.year = year, .month = month, .day = static_cast<int32_t>(parts[2])});
}

std::optional<int64_t> ParseSqlTime(std::string_view text) {
  const auto clock = SplitClock(absl::StripAsciiWhitespace(AbslView(text)));
  if (!clock || clock->parts[0] > 23 || clock->parts[1] > 59 || clock->parts[2] > 59) {
    return std::nullopt;
  }
  return ((clock->parts[0] * 60 + clock->parts[1]) * 60 + clock->parts[2]) * kMicrosPerSecond +
         clock->micros;
}

std::optional<Moment> ParseByFormat(const JavaDateFormat& format, std::string_view text) {
  std::optional<Moment> moment = format.Parse(text);
  if (!moment) moment = JavaSqlTimestamp(text);
  return moment && HasTimestampYear(*moment) ? moment : std::nullopt;
}

std::optional<Moment> ParseDefaultTimestamp(std::string_view text) {
  // The usual form, without a pattern.
  constexpr size_t kLength = sizeof(kDefaultTimestampPattern) - 1;
  if (text.size() >= kLength && text[10] == ' ') {
    const auto parsed = ParseTimestamp(text);
    if (parsed && !parsed->zoned && text.find(':') == 13) {
      return Moment{.days = parsed->days, .micros = parsed->micros_of_day};
    }
  }
  static const JavaDateFormat& format =
      *new JavaDateFormat(*JavaDateFormat::Compile(kDefaultTimestampPattern));
  return ParseByFormat(format, text);
}

}  // namespace millrace
