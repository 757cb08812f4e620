// Event time: milliseconds since 1970-01-01T00:00:00 UTC, as the records say. Watermarks, windows
// and timers use it.
//
// Arithmetic saturates: Max() stands for "the input has ended" and must never wrap into the past.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <ostream>

namespace millrace {

class EventTime {
 public:
  constexpr EventTime() = default;
  explicit constexpr EventTime(int64_t millis) : millis_(millis) {}

  static constexpr EventTime Min() { return EventTime(std::numeric_limits<int64_t>::min()); }
  static constexpr EventTime Max() { return EventTime(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t millis() const { return millis_; }

  // This time moved by `millis`, saturating at Min() and Max(), which themselves do not move.
  constexpr EventTime Plus(int64_t millis) const {
    if (*this == Min() || *this == Max()) return *this;
    int64_t sum = 0;
    if (__builtin_add_overflow(millis_, millis, &sum)) return millis < 0 ? Min() : Max();
    return EventTime(sum);
  }

  friend constexpr auto operator<=>(const EventTime&, const EventTime&) = default;
  friend std::ostream& operator<<(std::ostream& out, EventTime time) { return out << time.millis_; }

 private:
  int64_t millis_ = std::numeric_limits<int64_t>::min();
};

}  // namespace millrace
