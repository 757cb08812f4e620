#include "common/expr/java_date_format.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/columnar/calendar.h"

namespace millrace {
namespace {

using Token = DatePatternToken;

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 4> kQuarters = {"1st quarter", "2nd quarter", "3rd quarter",
                                                       "4th quarter"};
constexpr int kNanosDigits = 9;
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerHour = 3600 * kMicrosPerSecond;
constexpr int64_t kModifiedJulianEpoch = 40'587;  // 1970-01-01
constexpr size_t kMostOpenSections = 100;         // They are read and written by recursion.

// The most letters that java.time takes of each.
struct LetterRule {
  char letter;
  int most;
};
constexpr std::array<LetterRule, 35> kLetters = {{
    {'G', 5},  {'u', 19}, {'y', 19}, {'Y', 19}, {'Q', 5}, {'q', 5}, {'M', 5}, {'L', 5}, {'w', 2},
    {'W', 1},  {'d', 2},  {'D', 3},  {'g', 19}, {'F', 1}, {'E', 5}, {'e', 5}, {'c', 5}, {'a', 1},
    {'B', 5},  {'H', 2},  {'h', 2},  {'k', 2},  {'K', 2}, {'m', 2}, {'s', 2}, {'S', 9}, {'A', 19},
    {'n', 19}, {'N', 19}, {'V', 2},  {'z', 4},  {'O', 4}, {'X', 5}, {'x', 5}, {'Z', 5},
}};

bool IsZone(char letter) {
  return std::string_view("VvzOXxZ").find(letter) != std::string_view::npos;
}
bool IsYear(char letter) { return letter == 'y' || letter == 'u' || letter == 'Y'; }

// Empty if java.time takes so many letters.
std::string CheckLetter(char letter, int width) {
  const std::string shown(1, letter);
  if (letter == 'v') {
    return width == 1 || width == 4 ? "" : "wrong number of pattern letters: " + shown;
  }
  const auto rule = std::find_if(kLetters.begin(), kLetters.end(),
                                 [&](const LetterRule& r) { return r.letter == letter; });
  if (rule == kLetters.end()) return "unknown pattern letter: " + shown;
  if (width > rule->most) return "too many pattern letters: " + shown;
  const bool wrong = (letter == 'V' && width != 2) || (letter == 'c' && width == 2) ||
                     (letter == 'O' && width != 1 && width != 4) ||
                     (letter == 'B' && (width == 2 || width == 3));
  return wrong ? "wrong number of pattern letters: " + shown : "";
}

// Letters whose values are numbers at this width.
bool IsNumber(const Token& token) {
  switch (token.letter) {
    case 'M':
    case 'L':
    case 'Q':
    case 'q':
    case 'e':
    case 'c':
      return token.width <= 2;
    case 0:
    case '[':
    case 'G':
    case 'E':
    case 'a':
    case 'B':
      return false;
    default:
      return !IsZone(token.letter);
  }
}

// Numbers that always have as many digits as letters.
bool HasFixedWidth(const Token& token) {
  if (token.letter == 'S') return true;
  if (IsYear(token.letter)) return token.width == 2;
  if (std::string_view("DAnNg").find(token.letter) != std::string_view::npos) return false;
  return token.width == 2;
}

// Numbers at the end of `tokens`, which a new one follows at once: the first of them may be longer
// than written, and must leave digits for those behind it.
void LeaveDigits(std::vector<Token>& tokens) {
  const Token& last = tokens.back();
  if (!IsNumber(last) || !HasFixedWidth(last)) return;
  for (size_t i = tokens.size() - 1; i-- > 0;) {
    if (!IsNumber(tokens[i])) return;
    if (HasFixedWidth(tokens[i])) continue;
    tokens[i].subsequent += last.width;
    return;
  }
}

class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : pattern_(pattern) {}

  absl::StatusOr<std::vector<Token>> Read() {
    while (at_ < pattern_.size()) RETURN_IF_ERROR(ReadPart());
    if (pad_ > 0) return Wrong("a padding p without a field");
    while (!open_.empty()) Close();
    return std::move(tokens_);
  }

 private:
  absl::Status ReadPart() {
    const char c = pattern_[at_];
    if (c == '\'') return ReadQuoted();
    if (absl::ascii_isalpha(c)) return ReadField(c);
    ++at_;
    if (c == '{' || c == '}' || c == '#') return Wrong("a reserved character");
    if (c == '[') {
      if (open_.size() == kMostOpenSections) return Wrong("too many sections within each other");
      open_.push_back(tokens_.size());
      tokens_.push_back({.letter = '['});
    } else if (c == ']') {
      if (open_.empty()) return Wrong("a ] without [");
      Close();
    } else {
      AppendText(std::string_view(&c, 1));
    }
    return absl::OkStatus();
  }

  // Between apostrophes; two of them are one, everywhere.
  absl::Status ReadQuoted() {
    std::string text;
    size_t at = at_ + 1;
    for (;; ++at) {
      if (at >= pattern_.size()) return Wrong("an open apostrophe");
      if (pattern_[at] != '\'') {
        text += pattern_[at];
      } else if (at + 1 < pattern_.size() && pattern_[at + 1] == '\'') {
        text += pattern_[at++];
      } else {
        break;
      }
    }
    AppendText(text.empty() ? "'" : text);
    at_ = at + 1;
    return absl::OkStatus();
  }

  absl::Status ReadField(char letter) {
    size_t end = at_;
    while (end < pattern_.size() && pattern_[end] == letter) ++end;
    const int width = static_cast<int>(end - at_);
    at_ = end;
    if (letter == 'p') {
      pad_ = width;
      return absl::OkStatus();
    }
    const std::string problem = CheckLetter(letter, width);
    if (!problem.empty()) return Wrong(problem);
    tokens_.push_back({.letter = letter, .width = width, .pad = std::exchange(pad_, 0)});
    LeaveDigits(tokens_);
    return absl::OkStatus();
  }

  void AppendText(std::string_view text) {
    const bool joins = !tokens_.empty() && tokens_.back().letter == 0;
    if (!joins) tokens_.emplace_back();
    tokens_.back().text += text;
  }

  void Close() {
    Token& section = tokens_[open_.back()];
    section.width = static_cast<int>(tokens_.size() - open_.back()) - 1;
    open_.pop_back();
    tokens_.emplace_back();  // What comes now is no part of it, text neither.
  }

  absl::Status Wrong(std::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("the date pattern \"", AbslView(pattern_), "\" has ", AbslView(what)));
  }

  const std::string_view pattern_;
  size_t at_ = 0;
  int pad_ = 0;
  std::vector<size_t> open_;
  std::vector<Token> tokens_;
};

// A moment whose calendar date has been worked out once for all tokens.
struct DatedMoment {
  explicit DatedMoment(const Moment& m)
      : moment(m), date(CivilOfDays(m.days)), hour(m.micros / kMicrosPerHour) {}

  Moment moment;
  CivilDate date;
  int64_t hour;
};

int64_t NumberOf(char letter, const DatedMoment& at) {
  const int64_t days = at.moment.days;
  switch (letter) {
    case 'y':
      return at.date.year > 0 ? at.date.year : 1 - at.date.year;
    case 'u':
      return at.date.year;
    case 'Y':
      return UsWeekBasedYear(days);
    case 'M':
    case 'L':
      return at.date.month;
    case 'd':
      return at.date.day;
    case 'D':
      return Extract(CalendarUnit::kDayOfYear, at.moment);
    case 'F':
      return (at.date.day - 1) % 7 + 1;
    case 'e':
    case 'c':
      return Extract(CalendarUnit::kDayOfWeek, at.moment);
    case 'g':
      return days + kModifiedJulianEpoch;
    case 'Q':
    case 'q':
      return Extract(CalendarUnit::kQuarter, at.moment);
    case 'w':
      return UsWeekOfYear(days);
    case 'W':
      return UsWeekOfMonth(days);
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
    case 'A':
      return at.moment.micros / 1000;
    case 'n':
      return at.moment.micros % kMicrosPerSecond * 1000;
    case 'N':
      return at.moment.micros * 1000;
    default:
      return 0;
  }
}

// Of English: noon and midnight are moments.
std::string_view PeriodOfDay(const DatedMoment& at) {
  if (at.moment.micros / (60 * kMicrosPerSecond) == 0) return "midnight";
  if (at.moment.micros / (60 * kMicrosPerSecond) == 12 * 60) return "noon";
  if (at.hour < 6 || at.hour >= 21) return "at night";
  if (at.hour < 12) return "in the morning";
  return at.hour < 18 ? "in the afternoon" : "in the evening";
}

std::string_view Era(bool common, int width) {
  if (width == 5) return common ? "A" : "B";
  if (width == 4) return common ? "Anno Domini" : "Before Christ";
  return common ? "AD" : "BC";
}

// A name in full, short, or its first letter.
std::string_view Styled(std::string_view name, int width) {
  return width == 5 ? name.substr(0, 1) : width == 4 ? name : name.substr(0, kShortNameLength);
}

void AppendYear(int64_t year, int width, std::string& out) {
  if (width == 2) return AppendPadded(FloorMod(year, 100), 2, out);
  // A year that is longer than written shows its sign, so that it can be read back.
  int64_t limit = 1;
  for (int i = 0; i < std::min(width, 18); ++i) limit *= 10;
  if (width >= 4 && year >= limit) out += '+';
  AppendPadded(year, width, out);
}

void AppendField(const Token& token, const DatedMoment& at, std::string& out) {
  const int width = token.width;
  if (IsYear(token.letter)) return AppendYear(NumberOf(token.letter, at), width, out);
  if (token.letter == 'S') {
    const size_t start = out.size();
    AppendPadded(at.moment.micros % kMicrosPerSecond * 1000, kNanosDigits, out);
    out.resize(start + static_cast<size_t>(width));
    return;
  }
  if (IsNumber(token)) return AppendPadded(NumberOf(token.letter, at), width, out);
  switch (token.letter) {
    case 'G':
      out += Era(at.date.year > 0, width);
      return;
    case 'a':
      out += at.hour < 12 ? "AM" : "PM";
      return;
    case 'B':
      out += PeriodOfDay(at);
      return;
    case 'M':
    case 'L':
      out += Styled(MonthName(at.date.month - 1), width);
      return;
    case 'Q':
    case 'q': {
      const int64_t quarter = NumberOf('Q', at);
      if (width == 3) out += 'Q';
      out += width == 4 ? std::string(kQuarters[quarter - 1]) : std::to_string(quarter);
      return;
    }
    default:  // E, e, c
      out += Styled(WeekdayName(Extract(CalendarUnit::kDayOfWeek, at.moment) - 1), width);
      return;
  }
}

bool AsksForZone(const std::vector<Token>& tokens, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) {
    if (tokens[i].letter == '[') {
      i += static_cast<size_t>(tokens[i].width);
    } else if (IsZone(tokens[i].letter)) {
      return true;
    }
  }
  return false;
}

void FormatTokens(const std::vector<Token>& tokens, size_t begin, size_t end, const DatedMoment& at,
                  std::string& out) {
  for (size_t i = begin; i < end; ++i) {
    const Token& token = tokens[i];
    if (token.letter == 0) {
      out += token.text;
    } else if (token.letter == '[') {
      const size_t past = i + static_cast<size_t>(token.width);
      if (!AsksForZone(tokens, i + 1, past + 1)) FormatTokens(tokens, i + 1, past + 1, at, out);
      i = past;
    } else {
      std::string field;
      AppendField(token, at, field);
      for (int blanks = token.pad - static_cast<int>(field.size()); blanks > 0; --blanks)
        out += ' ';
      out += field;
    }
  }
}

int64_t FirstDay(int64_t year, int64_t month) {
  return DaysOfCivil({.year = static_cast<int32_t>(year), .month = static_cast<int32_t>(month)});
}

// The Sunday at or before a day; 1970-01-01 was a Thursday.
int64_t SundayOf(int64_t days) { return days - FloorMod(days + 4, 7); }

}  // namespace

absl::StatusOr<JavaDateFormat> JavaDateFormat::Compile(std::string_view pattern) {
  JavaDateFormat format;
  ASSIGN_OR_RETURN(format.tokens_, PatternReader(pattern).Read());
  format.can_format_ = !AsksForZone(format.tokens_, 0, format.tokens_.size());
  return format;
}

void JavaDateFormat::Format(const Moment& moment, std::string& out) const {
  FormatTokens(tokens_, 0, tokens_.size(), DatedMoment(moment), out);
}

std::string_view MonthName(int64_t month) { return kMonths[static_cast<size_t>(month)]; }
std::string_view WeekdayName(int64_t day) { return kDays[static_cast<size_t>(day)]; }

void AppendPadded(int64_t number, int width, std::string& out) {
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

int64_t UsWeekBasedYear(int64_t days) {
  // The week that holds the next January 1 is that year's first.
  return CivilOfDays(SundayOf(days) + 6).year;
}

int64_t UsWeekOfYear(int64_t days) {
  return (SundayOf(days) - SundayOf(FirstDay(UsWeekBasedYear(days), 1))) / 7 + 1;
}

int64_t UsWeekOfMonth(int64_t days) {
  const CivilDate date = CivilOfDays(days);
  return (SundayOf(days) - SundayOf(FirstDay(date.year, date.month))) / 7 + 1;
}

}  // namespace millrace
