#include "common/expr/java_date_format.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/columnar/calendar.h"

namespace millrace {
namespace {

constexpr std::string_view kLetters = "yuMLdDEeQaHhkKmsS";
constexpr std::string_view kJavaLetters = "GgYwWcFBAnNVvzOXxZpq";

constexpr std::array<const char*, 12> kMonths = {"January",   "February", "March",    "April",
                                                 "May",       "June",     "July",     "August",
                                                 "September", "October",  "November", "December"};
constexpr std::array<const char*, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};
constexpr int kShortName = 3;
constexpr int kMaxDigits = 9;
constexpr int kMicrosDigits = 6;

constexpr int64_t kMicrosPerSecond = 1'000'000;

// Names from three letters on.
bool IsName(char letter, int width) {
  return letter == 'a' || letter == 'E' ||
         ((letter == 'M' || letter == 'L') && width >= kShortName);
}

bool IsYear(char letter) { return letter == 'y' || letter == 'u'; }

// A moment whose calendar date has been worked out once for all tokens.
struct DatedMoment {
  explicit DatedMoment(const Moment& m)
      : moment(m), date(CivilOfDays(m.days)), hour(Extract(CalendarUnit::kHour, m)) {}

  Moment moment;
  CivilDate date;
  int64_t hour;
};

int64_t NumberOf(char letter, const DatedMoment& at) {
  switch (letter) {
    case 'y':
    case 'u':
      return at.date.year;
    case 'M':
    case 'L':
      return at.date.month;
    case 'd':
      return at.date.day;
    case 'D':
      return Extract(CalendarUnit::kDayOfYear, at.moment);
    case 'e':
      return Extract(CalendarUnit::kDayOfWeek, at.moment);
    case 'Q':
      return Extract(CalendarUnit::kQuarter, at.moment);
    case 'H':
      return at.hour;
    case 'h':
      return at.hour % 12 == 0 ? 12 : at.hour % 12;
    case 'k':
      return at.hour == 0 ? 24 : at.hour;
    case 'K':
      return at.hour % 12;
    case 'm':
      return Extract(CalendarUnit::kMinute, at.moment);
    case 's':
      return Extract(CalendarUnit::kSecond, at.moment);
    default:
      return 0;
  }
}

// At least `width` digits.
void AppendNumber(int64_t number, int width, std::string& out) {
  char digits[20];
  char* const end = digits + sizeof(digits);
  char* first = end;
  for (uint64_t rest = std::abs(number); rest != 0 || first == end; rest /= 10) {
    *--first = static_cast<char>('0' + rest % 10);
  }
  if (number < 0) out += '-';
  for (auto missing = width - (end - first); missing > 0; --missing) out += '0';
  out.append(first, end);
}

void AppendName(std::string_view name, int width, std::string& out) {
  out += width <= kShortName ? name.substr(0, kShortName) : name;
}

// Takes the longest of `names`, in full or its first three letters, off `rest`. Counts from 0.
template <size_t kSize>
std::optional<int> TakeName(const std::array<const char*, kSize>& names, std::string_view& rest) {
  for (const bool full : {true, false}) {
    for (size_t i = 0; i < kSize; ++i) {
      std::string_view name = names[i];
      if (!full) name = name.substr(0, kShortName);
      if (!absl::StartsWithIgnoreCase(AbslView(rest), AbslView(name))) continue;
      rest.remove_prefix(name.size());
      return static_cast<int>(i);
    }
  }
  return std::nullopt;
}

std::optional<int64_t> TakeNumber(std::string_view& rest, int digits_min, int digits_max) {
  int64_t value = 0;
  int digits = 0;
  while (digits < digits_max && !rest.empty() && absl::ascii_isdigit(rest[0])) {
    value = value * 10 + (rest[0] - '0');
    rest.remove_prefix(1);
    ++digits;
  }
  return digits < digits_min ? std::nullopt : std::optional(value);
}

}  // namespace

struct JavaDateFormat::Fields {
  int64_t year = 1970;
  int64_t month = 1;
  int64_t day = 1;
  std::optional<int64_t> day_of_year;
  int64_t hour = 0;
  std::optional<int64_t> hour_of_half;
  bool afternoon = false;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t micros = 0;

  std::optional<Moment> ToMoment() const {
    if (month < 1 || month > 12 || minute > 59 || second > 59 || hour > 23) return std::nullopt;
    const auto civil_year = static_cast<int32_t>(year);
    const auto civil_month = static_cast<int32_t>(month);
    if (day < 1 || day > DaysInMonth(civil_year, civil_month)) return std::nullopt;
    int64_t days =
        DaysOfCivil({.year = civil_year, .month = civil_month, .day = static_cast<int32_t>(day)});
    if (day_of_year) {
      const int64_t first = DaysOfCivil({.year = civil_year});
      if (*day_of_year < 1 || *day_of_year > DaysOfCivil({.year = civil_year + 1}) - first) {
        return std::nullopt;
      }
      days = first + *day_of_year - 1;
    }
    const int64_t hours = hour_of_half ? *hour_of_half + (afternoon ? 12 : 0) : hour;
    return Moment{.days = days,
                  .micros = ((hours * 60 + minute) * 60 + second) * kMicrosPerSecond + micros};
  }
};

absl::StatusOr<JavaDateFormat> JavaDateFormat::Compile(std::string_view pattern) {
  JavaDateFormat format;
  const auto append_text = [&](std::string_view text) {
    if (format.tokens_.empty() || format.tokens_.back().letter != 0) format.tokens_.emplace_back();
    format.tokens_.back().text += text;
  };
  for (size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      const size_t end = pattern.find('\'', at + 1);
      if (end == std::string_view::npos) {
        return absl::InvalidArgumentError(
            absl::StrCat("the date pattern \"", AbslView(pattern), "\" has an open apostrophe"));
      }
      append_text(end == at + 1 ? "'" : pattern.substr(at + 1, end - at - 1));
      at = end + 1;
    } else if (absl::ascii_isalpha(c)) {
      size_t end = at;
      while (end < pattern.size() && pattern[end] == c) ++end;
      if (kLetters.find(c) == std::string_view::npos) {
        const bool java = kJavaLetters.find(c) != std::string_view::npos;
        const std::string message = absl::StrCat(
            "the letter ", std::string(1, c), " of the date pattern \"", AbslView(pattern), "\" ",
            java ? "is valid in Flink, but not built yet" : "means nothing");
        return java ? absl::UnimplementedError(message) : absl::InvalidArgumentError(message);
      }
      Token token{.letter = c, .width = static_cast<int>(end - at)};
      if (!format.tokens_.empty() && !IsName(c, token.width)) {
        Token& before = format.tokens_.back();
        before.adjacent = before.letter != 0 && !IsName(before.letter, before.width);
      }
      format.tokens_.push_back(std::move(token));
      at = end;
    } else {
      append_text(pattern.substr(at++, 1));
    }
  }
  return format;
}

void JavaDateFormat::Format(const Moment& moment, std::string& out) const {
  const DatedMoment at(moment);
  for (const Token& token : tokens_) {
    if (token.letter == 0) {
      out += token.text;
    } else if (token.letter == 'a') {
      out += at.hour < 12 ? "AM" : "PM";
    } else if (token.letter == 'E') {
      AppendName(kDays[Extract(CalendarUnit::kDayOfWeek, moment) - 1], token.width, out);
    } else if (token.letter == 'S') {
      const size_t start = out.size();
      AppendNumber(moment.micros % kMicrosPerSecond, kMicrosDigits, out);
      out.resize(start + token.width, '0');
    } else if (IsName(token.letter, token.width)) {
      AppendName(kMonths[at.date.month - 1], token.width, out);
    } else {
      const int64_t number = NumberOf(token.letter, at);
      const bool short_year = IsYear(token.letter) && token.width == 2;
      AppendNumber(short_year ? FloorMod(number, 100) : number, token.width, out);
    }
  }
}

bool JavaDateFormat::Take(const Token& token, std::string_view& rest, Fields& fields) {
  if (token.letter == 0) {
    if (!rest.starts_with(token.text)) return false;
    rest.remove_prefix(token.text.size());
    return true;
  }
  if (token.letter == 'a') {
    fields.afternoon = absl::StartsWithIgnoreCase(AbslView(rest), "PM");
    if (!fields.afternoon && !absl::StartsWithIgnoreCase(AbslView(rest), "AM")) return false;
    rest.remove_prefix(2);
    return true;
  }
  if (token.letter == 'E') return TakeName(kDays, rest).has_value();
  if (IsName(token.letter, token.width)) {
    const auto month = TakeName(kMonths, rest);
    fields.month = month.value_or(0) + 1;
    return month.has_value();
  }
  if (token.letter == 'S') {
    const size_t before = rest.size();
    const auto fraction = TakeNumber(rest, 1, token.adjacent ? token.width : kMaxDigits);
    if (!fraction) return false;
    int64_t nanos = *fraction;
    for (size_t digits = before - rest.size(); digits < kMaxDigits; ++digits) nanos *= 10;
    fields.micros = nanos / 1000;
    return true;
  }
  const bool year = IsYear(token.letter);
  const int digits_max = token.adjacent ? token.width
                         : year         ? kMaxDigits
                                        : std::max(2, token.width);
  const int digits_min = token.adjacent ? token.width : 1;
  const auto number = TakeNumber(rest, digits_min, token.letter == 'D' ? 3 : digits_max);
  if (!number) return false;
  switch (token.letter) {
    case 'y':
    case 'u':
      fields.year = token.width == 2 ? 2000 + *number : *number;
      break;
    case 'M':
    case 'L':
      fields.month = *number;
      break;
    case 'd':
      fields.day = *number;
      break;
    case 'D':
      fields.day_of_year = *number;
      break;
    case 'H':
      fields.hour = *number;
      break;
    case 'k':
      fields.hour = *number % 24;
      break;
    case 'h':
    case 'K':
      if (*number > 12) return false;
      fields.hour_of_half = *number % 12;
      break;
    case 'm':
      fields.minute = *number;
      break;
    case 's':
      fields.second = *number;
      break;
    default:
      break;
  }
  return true;
}

std::optional<Moment> JavaDateFormat::Parse(std::string_view text) const {
  Fields fields;
  for (const Token& token : tokens_) {
    if (!Take(token, text, fields)) return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return fields.ToMoment();
}

}  // namespace millrace
