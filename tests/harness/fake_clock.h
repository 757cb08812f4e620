// Time that moves only when a test says so. Both readings move together; Wall() begins at
// 2024-01-01. Not thread-safe.
#pragma once

#include "absl/time/time.h"
#include "common/base/clock.h"

namespace millrace {

class FakeClock final : public Clock {
 public:
  absl::Time Wall() const override { return absl::FromUnixSeconds(1'704'067'200) + elapsed_; }
  absl::Duration Monotonic() const override { return elapsed_; }

  void Advance(absl::Duration by) { elapsed_ += by; }

 private:
  absl::Duration elapsed_ = absl::ZeroDuration();
};

}  // namespace millrace
