#include "worker/windows/sliced_windows.h"

#include <algorithm>
#include <numeric>

#include "common/columnar/calendar.h"

namespace millrace {

SlicedWindows::SlicedWindows(const WindowSpec& window)
    : kind_(window.kind),
      size_ms_(window.size_ms),
      // Windows of the rows' own do not follow each other.
      slide_ms_(window.kind == WindowKind::kAttached ? 1 : window.slide_ms),
      offset_ms_(window.offset_ms),
      slice_ms_(window.kind == WindowKind::kAttached ? 0
                                                     : std::gcd(window.size_ms, window.slide_ms)) {}

int64_t SlicedWindows::EndOn(int64_t length_ms, int64_t time_ms) const {
  return FloorDiv(time_ms - offset_ms_, length_ms) * length_ms + offset_ms_ + length_ms;
}

int64_t SlicedWindows::SliceOf(int64_t time_ms) const {
  return kind_ == WindowKind::kAttached ? time_ms : EndOn(slice_ms_, time_ms);
}

int64_t SlicedWindows::FirstWindowOf(int64_t slice) const {
  if (kind_ != WindowKind::kHop) return slice;
  // Ends lie a size behind starts, every slide: the first one at or behind the slice's own.
  return EndOn(slide_ms_, slice - size_ms_ - 1) + size_ms_;
}

int64_t SlicedWindows::LastWindowOf(int64_t slice) const {
  switch (kind_) {
    case WindowKind::kHop:
      // The last one that starts no later than the slice.
      return EndOn(slide_ms_, slice - slice_ms_) - slide_ms_ + size_ms_;
    case WindowKind::kCumulate:
      return EndOn(size_ms_, slice - 1);
    default:
      return slice;
  }
}

bool SlicedWindows::IsLate(int64_t slice, int64_t watermark_ms) const {
  const int64_t last = LastWindowOf(slice);
  return last < slice || Completes(watermark_ms, last);
}

int64_t SlicedWindows::StartOf(int64_t window) const {
  return (kind_ == WindowKind::kCumulate ? EndOn(size_ms_, window - 1) : window) - size_ms_;
}

std::vector<int64_t> SlicedWindows::Due(const std::vector<int64_t>& slices, int64_t before_ms,
                                        int64_t watermark_ms) const {
  std::vector<int64_t> due;
  if (before_ms >= watermark_ms) return due;
  for (const int64_t slice : slices) {
    int64_t window = FirstWindowOf(slice);
    if (Completes(before_ms, window)) {
      window += ((before_ms + 1 - window) / slide_ms_ + 1) * slide_ms_;
    }
    const int64_t last = LastWindowOf(slice);
    for (; window <= last && Completes(watermark_ms, window); window += slide_ms_) {
      due.push_back(window);
    }
  }
  std::sort(due.begin(), due.end());
  due.erase(std::unique(due.begin(), due.end()), due.end());
  return due;
}

}  // namespace millrace
