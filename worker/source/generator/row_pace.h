// How many rows a generator may give by now: a steady rate instead of a burst per second.
//
// Pure arithmetic over the monotonic clock. The first row is due at once. Time in which nothing was
// taken (backpressure, a restore) is made up for at most a second: a source that was held up must
// not flood the job afterwards.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace millrace {

class RowPace {
 public:
  // REQUIRES: rows_per_second > 0.
  explicit RowPace(double rows_per_second) : rate_(rows_per_second) {}

  // Rows due at `now` and not yet taken. REQUIRES: `now` is not before that of the last call.
  int64_t Due(absl::Duration now) {
    if (!began_.has_value()) began_ = now;
    const int64_t most = std::max<int64_t>(1, static_cast<int64_t>(rate_));
    const int64_t due = DueSinceBegin(now) - taken_;
    if (due <= most) return due;
    began_ = now;
    taken_ = 1 - most;
    return most;
  }

  void Take(int64_t rows) { taken_ += rows; }

  // From `now` until the next row is due; not positive if one is. REQUIRES: Due was called.
  absl::Duration UntilNext(absl::Duration now) const {
    return *began_ + absl::Seconds(static_cast<double>(taken_) / rate_) - now;
  }

 private:
  int64_t DueSinceBegin(absl::Duration now) const {
    const double elapsed = absl::ToDoubleSeconds(now - *began_);
    // A row that UntilNext promised for this very moment must be there.
    return static_cast<int64_t>(std::floor(elapsed * rate_ + 1e-6)) + 1;
  }

  double rate_;
  std::optional<absl::Duration> began_;
  int64_t taken_ = 0;
};

}  // namespace millrace
