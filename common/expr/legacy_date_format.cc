#include "common/expr/legacy_date_format.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/absl_view.h"
#include "common/columnar/calendar.h"
#include "common/expr/java_date_format.h"

namespace millrace {
namespace {

constexpr std::string_view kLetters = "GyYMLwWDdFEuaHkKhmsSzZX";
constexpr int kMostDigits = 9;
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kFirstShortYear = 1946;

std::optional<int64_t> TakeNumber(std::string_view& rest, int most) {
  int64_t value = 0;
  int digits = 0;
  while (digits < most && !rest.empty() && absl::ascii_isdigit(rest[0])) {
    value = value * 10 + (rest[0] - '0');
    rest.remove_prefix(1);
    ++digits;
  }
  return digits == 0 ? std::nullopt : std::optional(value);
}

bool TakeWord(std::string_view word, std::string_view& rest) {
  if (!absl::StartsWithIgnoreCase(AbslView(rest), AbslView(word))) return false;
  rest.remove_prefix(word.size());
  return true;
}

// A name in full or its first letters; counts from 0.
template <typename NameOf>
std::optional<int64_t> TakeName(int count, NameOf name_of, std::string_view& rest) {
  for (const bool full : {true, false}) {
    for (int i = 0; i < count; ++i) {
      const std::string_view name = name_of(i);
      if (TakeWord(full ? name : name.substr(0, kShortNameLength), rest)) return i;
    }
  }
  return std::nullopt;
}

// "Z", "UTC", "GMT+02:00", "+0200", "+02".
std::optional<int64_t> TakeOffset(std::string_view& rest) {
  if (TakeWord("UTC", rest) || rest.starts_with('Z')) {
    if (rest.starts_with('Z')) rest.remove_prefix(1);
    return 0;
  }
  const bool prefix = TakeWord("GMT", rest);
  if (!rest.starts_with('+') && !rest.starts_with('-')) {
    return prefix ? std::optional<int64_t>(0) : std::nullopt;
  }
  const int sign = rest[0] == '-' ? -1 : 1;
  rest.remove_prefix(1);
  const auto hours = TakeNumber(rest, 2);
  if (!hours) return std::nullopt;
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const int64_t minutes = TakeNumber(rest, 2).value_or(0);
  return sign * (*hours * 3600 + minutes * 60);
}

void AppendOffset(int32_t offset, bool colon, std::string& out) {
  const int minutes = std::abs(offset) / 60;
  absl::StrAppendFormat(&out, "%c%02d%s%02d", offset < 0 ? '-' : '+', minutes / 60,
                        colon ? ":" : "", minutes % 60);
}

// A local date and time with all that fields of it need.
struct LocalSecond {
  int64_t days;
  int64_t hour;
  int64_t minute;
  int64_t second;
  CivilDate date;
  int32_t offset;
  std::string zone;
};

int64_t NumberOf(char letter, const LocalSecond& at) {
  const int64_t weekday = FloorMod(at.days + 4, 7);  // 0 is Sunday.
  switch (letter) {
    case 'D':
      return at.days - DaysOfCivil({.year = at.date.year}) + 1;
    case 'd':
      return at.date.day;
    case 'F':
      return (at.date.day - 1) / 7 + 1;
    case 'w':
      return UsWeekOfYear(at.days);
    case 'W':
      return UsWeekOfMonth(at.days);
    case 'u':
      return weekday == 0 ? 7 : weekday;
    case 'H':
      return at.hour;
    case 'k':
      return at.hour == 0 ? 24 : at.hour;
    case 'K':
      return at.hour % 12;
    case 'h':
      return at.hour % 12 == 0 ? 12 : at.hour % 12;
    case 'm':
      return at.minute;
    case 's':
      return at.second;
    case 'M':
    case 'L':
      return at.date.month;
    default:
      return 0;  // S: whole seconds have none.
  }
}

void AppendField(char letter, int width, const LocalSecond& at, std::string& out) {
  switch (letter) {
    case 'G':
      out += at.date.year > 0 ? "AD" : "BC";
      return;
    case 'y':
    case 'Y': {
      const int64_t year = letter == 'Y'      ? UsWeekBasedYear(at.days)
                           : at.date.year > 0 ? at.date.year
                                              : 1 - at.date.year;
      return AppendPadded(width == 2 ? FloorMod(year, 100) : year, width, out);
    }
    case 'E': {
      const std::string_view name = WeekdayName(FloorMod(at.days + 4, 7));
      out += width >= 4 ? name : name.substr(0, kShortNameLength);
      return;
    }
    case 'a':
      out += at.hour < 12 ? "AM" : "PM";
      return;
    case 'z':
      out += at.zone;
      return;
    case 'Z':
      return AppendOffset(at.offset, false, out);
    case 'X':
      if (at.offset == 0) {
        out += 'Z';
      } else {
        AppendOffset(at.offset, width == 3, out);
        if (width == 1) out.resize(out.size() - 2);
      }
      return;
    default:
      break;
  }
  if ((letter == 'M' || letter == 'L') && width >= 3) {
    const std::string_view name = MonthName(at.date.month - 1);
    out += width >= 4 ? name : name.substr(0, kShortNameLength);
    return;
  }
  AppendPadded(NumberOf(letter, at), width, out);
}

}  // namespace

struct LegacyDateFormat::Fields {
  int64_t year = 1970;
  int64_t month = 1;
  int64_t day = 1;
  std::optional<int64_t> day_of_year;
  bool before_common_era = false;
  int64_t hour = 0;
  std::optional<int64_t> half_hour;
  bool afternoon = false;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t milli = 0;
  std::optional<int64_t> offset_seconds;

  // Whatever its fields add up to.
  Moment ToMoment() const {
    const int64_t civil_year = before_common_era ? 1 - year : year;
    const int64_t months = civil_year * 12 + month - 1;
    int64_t days = DaysOfCivil({.year = static_cast<int32_t>(FloorDiv(months, 12)),
                                .month = static_cast<int32_t>(FloorMod(months, 12)) + 1}) +
                   day - 1;
    if (day_of_year.has_value()) {
      days = DaysOfCivil({.year = static_cast<int32_t>(civil_year)}) + *day_of_year - 1;
    }
    const int64_t hours = half_hour.has_value() ? *half_hour + (afternoon ? 12 : 0) : hour;
    const int64_t micros = ((hours * 60 + minute) * 60 + second) * kMicrosPerSecond + milli * 1000;
    return {.days = days + FloorDiv(micros, kMicrosPerDay),
            .micros = FloorMod(micros, kMicrosPerDay)};
  }
};

bool LegacyDateFormat::IsNumber(const Token& token) {
  if (token.letter == 'M' || token.letter == 'L') return token.width <= 2;
  return token.letter != 0 &&
         std::string_view("GEazZX").find(token.letter) == std::string_view::npos;
}

absl::StatusOr<LegacyDateFormat> LegacyDateFormat::Compile(std::string_view pattern) {
  LegacyDateFormat format;
  const auto append_text = [&](std::string_view text) {
    if (format.tokens_.empty() || format.tokens_.back().letter != 0) format.tokens_.emplace_back();
    format.tokens_.back().text += text;
  };
  bool quoted = false;
  for (size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      const bool two = at + 1 < pattern.size() && pattern[at + 1] == '\'';
      if (two) append_text("'");
      if (!two) quoted = !quoted;
      at += two ? 2 : 1;
    } else if (quoted || !absl::ascii_isalpha(c)) {
      append_text(pattern.substr(at++, 1));
    } else {
      size_t end = at;
      while (end < pattern.size() && pattern[end] == c) ++end;
      if (kLetters.find(c) == std::string_view::npos || (c == 'X' && end - at > 3)) {
        return absl::InvalidArgumentError(absl::StrCat("the letter ", std::string(1, c),
                                                       " of the date pattern \"", AbslView(pattern),
                                                       "\" means nothing here"));
      }
      Token token{.letter = c, .width = static_cast<int>(end - at)};
      if (!format.tokens_.empty() && IsNumber(token)) {
        format.tokens_.back().adjacent = IsNumber(format.tokens_.back());
      }
      format.tokens_.push_back(std::move(token));
      at = end;
    }
  }
  if (quoted) {
    return absl::InvalidArgumentError(
        absl::StrCat("the date pattern \"", AbslView(pattern), "\" has an open apostrophe"));
  }
  return format;
}

void LegacyDateFormat::Format(int64_t epoch_second, const TimeZone& zone, std::string& out) const {
  const int32_t offset = zone.OffsetAt(epoch_second);
  const int64_t local = epoch_second + offset;
  const int64_t days = FloorDiv(local, 86'400);
  const int64_t second_of_day = local - days * 86'400;
  const LocalSecond at{.days = days,
                       .hour = second_of_day / 3600,
                       .minute = second_of_day / 60 % 60,
                       .second = second_of_day % 60,
                       .date = CivilOfDays(days),
                       .offset = offset,
                       .zone = zone.AbbreviationAt(epoch_second)};
  for (const Token& token : tokens_) {
    if (token.letter == 0) {
      out += token.text;
    } else {
      AppendField(token.letter, token.width, at, out);
    }
  }
}

bool LegacyDateFormat::Take(const Token& token, std::string_view& rest, Fields& fields) {
  if (token.letter == 0) {
    if (!rest.starts_with(token.text)) return false;
    rest.remove_prefix(token.text.size());
    return true;
  }
  while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
  switch (token.letter) {
    case 'a':
      fields.afternoon = TakeWord("PM", rest);
      return fields.afternoon || TakeWord("AM", rest);
    case 'G':
      fields.before_common_era = TakeWord("BC", rest);
      return fields.before_common_era || TakeWord("AD", rest);
    case 'E':
      return TakeName(7, WeekdayName, rest).has_value();
    case 'z':
    case 'Z':
    case 'X':
      fields.offset_seconds = TakeOffset(rest);
      return fields.offset_seconds.has_value();
    default:
      break;
  }
  if (!IsNumber(token)) {
    const auto month = TakeName(12, MonthName, rest);
    fields.month = month.value_or(0) + 1;
    return month.has_value();
  }
  const bool negative =
      !token.adjacent && rest.size() > 1 && rest[0] == '-' && absl::ascii_isdigit(rest[1]);
  if (negative) rest.remove_prefix(1);
  const size_t before = rest.size();
  const auto digits =
      TakeNumber(rest, token.adjacent ? std::min(token.width, kMostDigits) : kMostDigits);
  if (!digits) return false;
  const size_t length = before - rest.size();
  const int64_t number = negative ? -*digits : *digits;
  switch (token.letter) {
    case 'y':
    case 'Y':
      fields.year = number;
      if (token.width <= 2 && length == 2 && !negative) {
        fields.year = kFirstShortYear + FloorMod(number - kFirstShortYear, 100);
      }
      break;
    case 'M':
    case 'L':
      fields.month = number;
      break;
    case 'd':
      fields.day = number;
      break;
    case 'D':
      fields.day_of_year = number;
      break;
    case 'H':
      fields.hour = number;
      break;
    case 'k':
      fields.hour = number == 24 ? 0 : number;
      break;
    case 'h':
      fields.half_hour = number == 12 ? 0 : number;
      break;
    case 'K':
      fields.half_hour = number;
      break;
    case 'm':
      fields.minute = number;
      break;
    case 's':
      fields.second = number;
      break;
    case 'S':
      fields.milli = number;
      break;
    default:
      break;
  }
  return true;
}

std::optional<LegacyDateFormat::Parsed> LegacyDateFormat::Parse(std::string_view text) const {
  Fields fields;
  for (const Token& token : tokens_) {
    if (!Take(token, text, fields)) return std::nullopt;
  }
  return Parsed{.moment = fields.ToMoment(), .offset_seconds = fields.offset_seconds};
}

int64_t EpochSecondOf(const LegacyDateFormat::Parsed& parsed, const TimeZone& zone) {
  const int64_t local =
      parsed.moment.days * 86'400 + FloorDiv(parsed.moment.micros, kMicrosPerSecond);
  if (parsed.offset_seconds.has_value()) return local - *parsed.offset_seconds;
  const int64_t earlier = zone.EpochSecondOfLocal(local);
  const int32_t later_offset = zone.OffsetAt(earlier + 3 * 3600);
  const int64_t later = local - later_offset;
  return later > earlier && zone.OffsetAt(later) == later_offset ? later : earlier;
}

}  // namespace millrace
