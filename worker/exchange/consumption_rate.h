// How fast a task takes bytes from one channel while there is something to take.
//
// Pure. Time in which the channel was empty does not count: a slow producer does not make the
// consumer slow. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace millrace {

class ConsumptionRate {
 public:
  // The channel got its first element, or lost its last one.
  void OnFilled(absl::Duration now) { busy_since_ = now; }
  void OnEmptied(absl::Duration now) { Advance(now, false); }

  // `bytes` were taken.
  void OnTaken(int64_t bytes, absl::Duration now) {
    bytes_ += bytes;
    Advance(now, true);
    if (busy_ < kSample) return;
    const double sample = static_cast<double>(bytes_) / absl::ToDoubleSeconds(busy_);
    per_second_ = per_second_.has_value() ? (*per_second_ + sample) / 2 : sample;
    bytes_ = 0;
    busy_ = absl::ZeroDuration();
  }

  // Empty until enough was seen.
  std::optional<double> bytes_per_second() const { return per_second_; }

 private:
  static constexpr absl::Duration kSample = absl::Milliseconds(50);

  void Advance(absl::Duration now, bool still_busy) {
    if (busy_since_.has_value()) busy_ += now - *busy_since_;
    busy_since_ = still_busy ? std::optional<absl::Duration>(now) : std::nullopt;
  }

  std::optional<absl::Duration> busy_since_;
  absl::Duration busy_ = absl::ZeroDuration();
  int64_t bytes_ = 0;
  std::optional<double> per_second_;
};

}  // namespace millrace
