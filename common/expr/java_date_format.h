// The date and time patterns of Java's DateTimeFormatter that Flink's functions take, e.g.
// "yyyy-MM-dd HH:mm:ss.SSS", in English and UTC.
//
// Letters: y u year, M L month, d day, D day of the year, E day of the week, e its number, Q
// quarter, a AM or PM, H h k K hour, m minute, s second, S fraction. Text stands between
// apostrophes. Immutable; thread-compatible.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/expr/temporal_arithmetic.h"

namespace millrace {

class JavaDateFormat {
 public:
  // kInvalidArgument for what is no pattern, kUnimplemented for a letter of Java's that is not
  // known here.
  static absl::StatusOr<JavaDateFormat> Compile(std::string_view pattern);

  void Format(const Moment& moment, std::string& out) const;

  // Fields that the pattern lacks are those of 1970-01-01 00:00:00. Empty if the text does not fit
  // or is no moment of the calendar.
  std::optional<Moment> Parse(std::string_view text) const;

 private:
  struct Token {
    char letter = 0;  // 0: `text` stands there.
    int width = 0;
    std::string text;
    bool adjacent = false;  // Digits follow at once, so that this number has exactly `width`.
  };
  struct Fields;

  static bool Take(const Token& token, std::string_view& rest, Fields& fields);

  std::vector<Token> tokens_;
};

}  // namespace millrace
