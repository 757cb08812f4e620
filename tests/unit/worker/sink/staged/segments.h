// Segments and markers in few words, for tests of a slot.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "worker/sink/staged/marker.h"

namespace millrace {

inline constexpr char kSlot[] = "cluster.line.sink.0";

inline SegmentRef SegmentOf(int64_t epoch, int64_t records = 1, uint32_t crc32c = 77) {
  return {.epoch = Epoch(epoch),
          .file = {.path = absl::StrCat("segments/", epoch, "-1-1-w-0-0.segment"),
                   .bytes = 100,
                   .crc32c = crc32c},
          .records = records};
}

// Of a transaction of `segments` after the epoch `after`; the last one names the marker.
inline Marker MarkerOf(int64_t after, const std::vector<SegmentRef>& segments) {
  Marker marker{.slot = kSlot,
                .epoch = segments.back().epoch,
                .after = Epoch(after),
                .digest = DigestOf(segments)};
  for (const SegmentRef& segment : segments) marker.records += segment.records;
  return marker;
}

// Of a transaction that only refreshed it.
inline Marker RefreshedMarker(int64_t epoch) {
  return {.slot = kSlot, .epoch = Epoch(epoch), .after = Epoch(epoch)};
}

}  // namespace millrace
