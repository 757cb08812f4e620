// What a task measures of itself: rows, watermark, and where its time goes (busy, idle,
// backpressured).
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "common/base/event_time.h"
#include "common/metrics/metrics.h"

namespace millrace {

// Not thread-safe.
class TaskMeter {
 public:
  enum class Activity : uint8_t { kIdle, kBusy, kBackpressured };

  TaskMeter() = default;
  explicit TaskMeter(MetricScope& metrics);

  // The time since the last call was spent in the activity named then; from `now` on it is `next`.
  void Switch(Activity next, absl::Duration now);
  void CountRows(int64_t in, int64_t out);
  void SetWatermark(EventTime watermark);

 private:
  Activity activity_ = Activity::kIdle;
  absl::Duration since_ = absl::InfiniteDuration();
  Counter* seconds_[3] = {};
  Counter* records_in_ = nullptr;
  Counter* records_out_ = nullptr;
  Gauge* watermark_ = nullptr;
  Gauge* backpressured_ = nullptr;
};

}  // namespace millrace
