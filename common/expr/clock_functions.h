// Functions that read the clock: CURRENT_TIMESTAMP and those that are made of it.
//
// The evaluator carries them out: all rows of a batch get one reading. The registry makes of every
// other function of the current time a cast of one of these.
#pragma once

#include <string_view>

namespace millrace {

inline constexpr char kCurrentTimestampFunction[] = "current_timestamp";
inline constexpr char kCurrentRowTimestampFunction[] = "current_row_timestamp";
// The processing-time attribute, where it is a column of its own.
inline constexpr char kProctimeFunction[] = "proctime";

// Whether `function`, a canonical name, is one of the above. All are TIMESTAMP_LTZ(3) NOT NULL.
inline bool ReadsClock(std::string_view function) {
  return function == kCurrentTimestampFunction || function == kCurrentRowTimestampFunction ||
         function == kProctimeFunction;
}

}  // namespace millrace
