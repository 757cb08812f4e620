#include "worker/operator/window_aggregate/session_placement.h"

#include <algorithm>

#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/columnar/calendar.h"
#include "worker/aggregate/batch_groups.h"
#include "worker/windows/sliced_windows.h"

namespace millrace {
namespace {

// No session ends behind it: times, slices and gaps are within kFarthestMs.
constexpr int64_t kEndOfSessionsMs = 3 * SlicedWindows::kFarthestMs;

}  // namespace

void SessionSpan::Add(int64_t time_ms) {
  first_ms = is_set ? std::min(first_ms, time_ms) : time_ms;
  last_ms = is_set ? std::max(last_ms, time_ms) : time_ms;
  is_set = true;
}

SessionLayout::SessionLayout(const AccumulatorLayout& layout, int64_t gap_ms)
    : first_offset_(layout.accumulators()[layout.accumulators().size() - 2].offset),
      last_offset_(layout.accumulators().back().offset),
      gap_ms_(gap_ms) {}

SessionSpan SessionLayout::SpanOf(const char* fixed) const {
  if (fixed == nullptr || LoadPart<int64_t>(fixed + last_offset_ + sizeof(int64_t)) == 0) return {};
  return {.first_ms = LoadPart<int64_t>(fixed + first_offset_),
          .last_ms = LoadPart<int64_t>(fixed + last_offset_),
          .is_set = true};
}

int64_t SessionLayout::SliceOf(int64_t time_ms) const {
  return FloorDiv(time_ms, gap_ms_) * gap_ms_ + gap_ms_;
}

bool SessionPlacement::Begin(const Batch& batch, const int64_t* times, int64_t watermark_ms) {
  times_ = times;
  watermark_ms_ = std::min(watermark_ms, kEndOfSessionsMs);
  slices_.resize(static_cast<size_t>(batch.num_rows()));
  late_rows_ = 0;
  any_behind_ = false;
  looked_up_.clear();
  int64_t slice = 0;  // Of the last row, which most rows share; none holds it yet.
  int64_t start = 1;
  for (size_t row = 0; row < slices_.size(); ++row) {
    const int64_t time = times[row];
    if (time >= slice || time < start) {
      if (!SlicedWindows::InReach(time)) return false;
      slice = layout_.SliceOf(time);
      start = slice - layout_.gap_ms();
    }
    slices_[row] = slice;
    any_behind_ = any_behind_ || IsBehind(time);
  }
  return true;
}

absl::StatusOr<Progress> SessionPlacement::Place(const Batch& batch, KeyedState& state) {
  if (!any_behind_) return Progress::kDone;
  if (looked_up_.empty()) {
    RETURN_IF_ERROR(codec_.Encode(batch, encoded_));
    CollectKeysBehind();
  }
  ASSIGN_OR_RETURN(const Progress progress, state.Prefetch(looked_up_));
  if (progress != Progress::kDone) return progress;
  for (size_t i = 0; i < open_.size(); ++i) {
    open_[i] = {.frontier = layout_.SpanOf(state.Find(looked_up_[2 * i]).fixed),
                .next = layout_.SpanOf(state.Find(looked_up_[2 * i + 1]).fixed)};
  }
  for (size_t row = 0; row < slices_.size(); ++row) {
    const auto found = behind_.find(encoded_.key(static_cast<int64_t>(row)));
    if (found != behind_.end()) PlaceRow(row, open_[found->second]);
  }
  return Progress::kDone;
}

void SessionPlacement::CollectKeysBehind() {
  // The first slice of which a partial may still be open.
  frontier_ = layout_.SliceOf(watermark_ms_ - layout_.gap_ms() + 2);
  behind_.clear();
  for (size_t row = 0; row < slices_.size(); ++row) {
    if (!IsBehind(times_[row])) continue;
    const std::string_view key = encoded_.key(static_cast<int64_t>(row));
    if (!behind_.try_emplace(key, behind_.size()).second) continue;
    const uint64_t hash = HashKey(key);
    for (const int64_t slice : {frontier_, frontier_ + layout_.gap_ms()}) {
      looked_up_.push_back({.state_namespace = slice, .key = key, .hash = hash});
    }
  }
  open_.resize(behind_.size());
}

// Rows in time stay where they are. A row behind joins an open session that it touches.
void SessionPlacement::PlaceRow(size_t row, OpenSessions& open) {
  const int64_t time = times_[row];
  const int64_t end = time + layout_.gap_ms();
  int64_t& slice = slices_[row];
  if (IsBehind(time)) {
    const bool frontier_is_open = open.frontier.is_set && (!IsBehind(open.frontier.last_ms) ||
                                                           layout_.Joins(open.frontier, open.next));
    if (frontier_is_open && open.frontier.first_ms <= end) {
      slice = frontier_;
    } else if (open.next.is_set && open.next.first_ms <= end) {
      slice = frontier_ + layout_.gap_ms();
    } else {
      slice = BatchGroups::kLate;
      ++late_rows_;
      return;
    }
  }
  if (slice == frontier_) open.frontier.Add(time);
  if (slice == frontier_ + layout_.gap_ms()) open.next.Add(time);
}

}  // namespace millrace
