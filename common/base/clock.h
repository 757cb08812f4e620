// Time as an argument. Nothing outside common/base reads a clock of the machine (tests/tidy checks
// it).
#pragma once

#include "absl/time/time.h"

namespace millrace {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Calendar time: data for people and PROCTIME(). It may jump; never subtract two of these for a
  // timeout.
  virtual absl::Time Wall() const = 0;

  // Time since an arbitrary start that never goes back: every timeout and duration.
  virtual absl::Duration Monotonic() const = 0;
};

// The machine's clock. Lives for ever.
const Clock& SystemClock();

}  // namespace millrace
