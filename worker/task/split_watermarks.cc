#include "worker/task/split_watermarks.h"

#include <algorithm>

#include "common/base/check.h"

namespace millrace {

SplitWatermarks::SplitWatermarks(int splits, absl::Duration idle_timeout)
    : splits_(splits), idle_timeout_(idle_timeout) {}

void SplitWatermarks::OnRecords(int split, EventTime watermark, absl::Duration now) {
  splits_[split].watermark = std::max(splits_[split].watermark, watermark);
  splits_[split].last_record = now;
}

SplitWatermarks::Outcome SplitWatermarks::Update(const std::vector<SplitStatus>& statuses,
                                                 absl::Duration now) {
  CHECK_EQ(statuses.size(), splits_.size());
  started_ = std::min(started_, now);
  bool all_finished = !splits_.empty();
  std::optional<EventTime> least_active;
  EventTime latest = EventTime::Min();
  slowest_.reset();
  for (size_t i = 0; i < splits_.size(); ++i) {
    latest = std::max(latest, splits_[i].watermark);
    if (statuses[i].finished) continue;
    all_finished = false;
    if (Idle(splits_[i], statuses[i], now)) continue;
    if (least_active.has_value() && splits_[i].watermark >= *least_active) continue;
    least_active = splits_[i].watermark;
    slowest_ = static_cast<int>(i);
  }
  Outcome outcome;
  const bool idle = !all_finished && !least_active.has_value();
  if (idle != idle_) outcome.idle = idle_ = idle;
  EventTime next = all_finished ? EventTime::Max() : least_active.value_or(latest);
  if (next > output_) outcome.watermark = output_ = next;
  return outcome;
}

bool SplitWatermarks::Idle(const Split& split, const SplitStatus& status,
                           absl::Duration now) const {
  if (idle_timeout_ == absl::ZeroDuration() || !status.caught_up) return false;
  return now - std::max(split.last_record, started_) >= idle_timeout_;
}

}  // namespace millrace
