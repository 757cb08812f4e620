// Which slices and windows a time belongs to, for windows that do not depend on the rows of a key:
// TUMBLE, HOP and CUMULATE, and windows that rows bring along. Pure.
//
// Time is cut into slices, the longest stretches inside which no window begins or ends; a window is
// the slices in it. So a row is kept once, however many windows share its slice. Both are named by
// their ends, in milliseconds. The lengths are those of Flink's slice assigners:
//
//   TUMBLE    the size                     | s1 | s2 |       a window is one slice
//   HOP       gcd(size, slide)             | s1 | s2 | s3 |  [s1 s2] [s2 s3] ...
//   CUMULATE  the step                     | s1 | s2 | s3 |  [s1] [s1 s2] [s1 s2 s3]
//   attached  none: the end that a row names is its slice and its window
#pragma once

#include <cstdint>
#include <vector>

#include "common/plan/operators.h"

namespace millrace {

class SlicedWindows {
 public:
  // Times and sizes up to here keep all sums within 64 bits: 73 million years.
  static constexpr int64_t kFarthestMs = int64_t{1} << 61;

  // REQUIRES: `window` obeys operator_rules.h, is no SESSION, and its size is at most kFarthestMs.
  explicit SlicedWindows(const WindowSpec& window);

  static bool InReach(int64_t time_ms) { return time_ms >= -kFarthestMs && time_ms <= kFarthestMs; }

  // Whether a watermark completes the window with this end, which makes its later rows late.
  static bool Completes(int64_t watermark_ms, int64_t end_ms) { return end_ms - 1 <= watermark_ms; }

  WindowKind kind() const { return kind_; }
  int64_t slice_ms() const { return slice_ms_; }
  // From the end of a window to that of the next one.
  int64_t slide_ms() const { return slide_ms_; }

  // The slice that holds `time_ms`. REQUIRES: InReach(time_ms).
  int64_t SliceOf(int64_t time_ms) const;

  // The first and the last of the windows that a slice is in. A HOP that slides further than its
  // size leaves slices in no window: the last is then below the slice itself.
  int64_t FirstWindowOf(int64_t slice_ms) const;
  int64_t LastWindowOf(int64_t slice_ms) const;

  // Rows of the slice come too late: no window that it is in is still to fire.
  bool IsLate(int64_t slice, int64_t watermark_ms) const;

  int64_t StartOf(int64_t window) const;

  // The windows of `slices` that `watermark_ms` completes and `before_ms`, the watermark before it,
  // did not: ascending. None if time has not gone on.
  std::vector<int64_t> Due(const std::vector<int64_t>& slices, int64_t before_ms,
                           int64_t watermark_ms) const;

 private:
  // The end of the stretch of length `length_ms` that holds `time_ms`, counted from the offset.
  int64_t EndOn(int64_t length_ms, int64_t time_ms) const;

  WindowKind kind_;
  int64_t size_ms_;
  int64_t slide_ms_;  // From a window's end to the next one.
  int64_t offset_ms_;
  int64_t slice_ms_;
};

}  // namespace millrace
