// The patterns of Java's older SimpleDateFormat, which FROM_UNIXTIME, UNIX_TIMESTAMP, TO_DATE and
// CONVERT_TZ of Flink take, in English, with weeks as in the United States.
//
// It reads leniently: values run over (February 30 is March 1), names in any case, what stands
// behind the pattern's end does not matter, and two digits of a year are one of 1946 to 2045.
// Unlike Java's it has no Julian calendar. Immutable; thread-compatible.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/columnar/time_zone.h"
#include "common/expr/temporal_arithmetic.h"

namespace millrace {

class LegacyDateFormat {
 public:
  // kInvalidArgument for what is no pattern.
  static absl::StatusOr<LegacyDateFormat> Compile(std::string_view pattern);

  // The moment that `zone` shows at an instant.
  void Format(int64_t epoch_second, const TimeZone& zone, std::string& out) const;

  struct Parsed {
    Moment moment;
    std::optional<int64_t> offset_seconds;  // Of the zone that the text names.
  };
  // Fields that the pattern lacks are those of 1970-01-01 00:00:00.
  std::optional<Parsed> Parse(std::string_view text) const;

 private:
  struct Token {
    char letter = 0;  // 0: `text` stands there.
    int width = 0;
    std::string text;
    bool adjacent = false;  // A number follows at once: this one has exactly `width` digits.
  };
  struct Fields;

  static bool IsNumber(const Token& token);
  static bool Take(const Token& token, std::string_view& rest, Fields& fields);

  std::vector<Token> tokens_;
};

// The second of `parsed` in `zone`, unless it names its own. Of a local time that comes twice, the
// later one, as Java's Calendar has it.
int64_t EpochSecondOf(const LegacyDateFormat::Parsed& parsed, const TimeZone& zone);

}  // namespace millrace
