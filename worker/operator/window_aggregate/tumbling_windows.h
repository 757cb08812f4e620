// Which window a time belongs to: [start, end) with start = offset + n * size. Pure.
#pragma once

#include <cstdint>

#include "common/columnar/calendar.h"

namespace millrace {

class TumblingWindows {
 public:
  // Times and sizes up to here keep all sums within 64 bits: 73 million years.
  static constexpr int64_t kFarthestMs = int64_t{1} << 61;

  // REQUIRES: 0 < size_ms <= kFarthestMs, 0 <= offset_ms < size_ms.
  TumblingWindows(int64_t size_ms, int64_t offset_ms) : size_ms_(size_ms), offset_ms_(offset_ms) {}

  int64_t size_ms() const { return size_ms_; }

  static bool InReach(int64_t time_ms) { return time_ms >= -kFarthestMs && time_ms <= kFarthestMs; }

  // The end of the window that holds `time_ms`. REQUIRES: InReach(time_ms).
  int64_t EndOf(int64_t time_ms) const {
    return FloorDiv(time_ms - offset_ms_, size_ms_) * size_ms_ + offset_ms_ + size_ms_;
  }

  // Whether a watermark completes the window with this end, which makes its later rows late.
  static bool Completes(int64_t watermark_ms, int64_t end_ms) { return end_ms - 1 <= watermark_ms; }

 private:
  int64_t size_ms_;
  int64_t offset_ms_;
};

}  // namespace millrace
