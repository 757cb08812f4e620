// The date and time patterns of java.time's DateTimeFormatter that Flink's functions take, e.g.
// "yyyy-MM-dd HH:mm:ss.SSS", in English, with weeks as in the United States.
//
// All of its letters, '' and 'text', optional [sections] and the padding p. Dates without a zone
// are formatted: a letter that asks for a zone makes a pattern that cannot format, and what such a
// letter reads is checked, then ignored. Reading resolves as java.time does by default (SMART): a
// day up to 31 is cut to the month's length, 24:00 is the next day, a day of the week must fit.
// Immutable; thread-compatible.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/expr/temporal_arithmetic.h"

namespace millrace {

// A part of a pattern.
struct DatePatternToken {
  char letter = 0;  // Of a field; '[' begins an optional section; 0: `text` stands there.
  int width = 0;    // Letters of a field; tokens of a section.
  std::string text;
  int pad = 0;         // Blanks before the field up to this width.
  int subsequent = 0;  // Digits of the numbers that follow at once, which this one leaves alone.
};

class JavaDateFormat {
 public:
  // kInvalidArgument for what is no pattern, or has more than 100 sections within each other.
  static absl::StatusOr<JavaDateFormat> Compile(std::string_view pattern);

  // False: it asks for the zone, which dates do not have.
  bool can_format() const { return can_format_; }
  // REQUIRES: can_format().
  void Format(const Moment& moment, std::string& out) const;

  // Fields that the pattern lacks are those of 1970-01-01 00:00:00. Empty if the text does not fit
  // or is no moment of the calendar.
  std::optional<Moment> Parse(std::string_view text) const;

 private:
  std::vector<DatePatternToken> tokens_;
  bool can_format_ = true;
};

// English names. Months count from 0, days of the week from 0, a Sunday.
std::string_view MonthName(int64_t month);
std::string_view WeekdayName(int64_t day);
constexpr int kShortNameLength = 3;

// At least `width` digits.
void AppendPadded(int64_t number, int width, std::string& out);

// Weeks that start on Sunday; the first one of a year or month may be a part.
int64_t UsWeekOfYear(int64_t days);  // 1 to 53, of the year below.
int64_t UsWeekBasedYear(int64_t days);
int64_t UsWeekOfMonth(int64_t days);

}  // namespace millrace
