// Which slice each row of a batch belongs to, for SESSION windows.
//
// Time is cut into slices as long as the gap, so that all rows of a key in one slice belong to one
// session: state holds one partial session for each (slice, key), with the times of its first and
// last row, and sessions are chains of partials in slices side by side (session_aggregate.h).
//
// A row is late, as in Flink, if the session that it would be part of ends before the watermark:
// its own [time, time + gap) merged with what it touches of its key's open sessions. Nearly all
// rows are in time by themselves. For keys with a row behind the watermark the open sessions are
// looked up, and the key's rows are taken in their order, since each may open the way for the next
// one:
//
//   slices   ... | gone | frontier | next | ...     an open session begins or goes on in one of
//                        ^ watermark - gap          these two: rows from further back join it there
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/columnar/batch.h"
#include "common/columnar/key_codec.h"
#include "worker/aggregate/accumulators.h"
#include "worker/contract/keyed_state.h"
#include "worker/contract/progress.h"

namespace millrace {

// The times of the first and last row of a partial session, in milliseconds.
struct SessionSpan {
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  bool is_set = false;  // Not set: it has no rows, or none that are still to be shown.

  void Add(int64_t time_ms);
};

// The last two accumulators of a layout are the least and the greatest time.
class SessionLayout {
 public:
  SessionLayout(const AccumulatorLayout& layout, int64_t gap_ms);

  // Of a value; not set if `fixed` is null.
  SessionSpan SpanOf(const char* fixed) const;

  int64_t gap_ms() const { return gap_ms_; }
  int64_t SliceOf(int64_t time_ms) const;
  // Whether a session goes on from a partial in that of the next slice.
  bool Joins(const SessionSpan& partial, const SessionSpan& next) const {
    return next.is_set && next.first_ms <= partial.last_ms + gap_ms_;
  }

 private:
  int32_t first_offset_;
  int32_t last_offset_;
  int64_t gap_ms_;
};

class SessionPlacement {
 public:
  SessionPlacement(const SessionLayout& layout, KeyCodec codec)
      : layout_(layout), codec_(std::move(codec)) {}

  // Begins a batch, whose rows have `times`. False if one of them is out of reach
  // (SlicedWindows::InReach).
  bool Begin(const Batch& batch, const int64_t* times, int64_t watermark_ms);

  // Places all rows. kBlockedIo: call again.
  absl::StatusOr<Progress> Place(const Batch& batch, KeyedState& state);

  // For each row its slice's end, or BatchGroups::kLate.
  const std::vector<int64_t>& slices() const { return slices_; }
  int64_t late_rows() const { return late_rows_; }

 private:
  // What of a key is open at the watermark.
  struct OpenSessions {
    SessionSpan frontier;
    SessionSpan next;
  };

  bool IsBehind(int64_t time_ms) const { return time_ms + layout_.gap_ms() - 1 <= watermark_ms_; }
  void CollectKeysBehind();
  void PlaceRow(size_t row, OpenSessions& open);

  const SessionLayout& layout_;
  const KeyCodec codec_;

  const int64_t* times_ = nullptr;
  int64_t watermark_ms_ = 0;
  std::vector<int64_t> slices_;
  int64_t late_rows_ = 0;

  bool any_behind_ = false;
  int64_t frontier_ = 0;
  EncodedKeys encoded_;
  absl::flat_hash_map<std::string_view, size_t> behind_;  // Keys to places in open_.
  std::vector<OpenSessions> open_;
  std::vector<StateKey> looked_up_;  // Two for each key: frontier and next.
};

}  // namespace millrace
