// What a task measures of itself: what flows through it, its watermark, and where its time goes
// (busy, idle, backpressured).
//
// Counters move once per slice of the loop, not per row or batch.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "common/base/event_time.h"
#include "common/metrics/metrics.h"
#include "worker/task/flow_count.h"

namespace millrace {

// Not thread-safe. One that was made without metrics does nothing.
class TaskMeter {
 public:
  enum class Activity : uint8_t { kIdle, kBusy, kBackpressured };

  TaskMeter() = default;
  explicit TaskMeter(MetricScope& metrics);

  // The time since the last call was spent in the activity named then; from `now` on it is `next`.
  void Switch(Activity next, absl::Duration now);
  // The task was ready for `lag` before it was taken up.
  void OnTakenUp(absl::Duration lag);
  // What has flowed so far, which only grows.
  void CountUpTo(const FlowCount& in, const FlowCount& out);
  void SetWatermark(EventTime watermark);

 private:
  struct FlowCounters {
    Counter* records = nullptr;
    Counter* batches = nullptr;
    Counter* bytes = nullptr;
    FlowCount counted;

    void CountUpTo(const FlowCount& total);
  };

  Activity activity_ = Activity::kIdle;
  absl::Duration since_ = absl::InfiniteDuration();
  Counter* seconds_[3] = {};
  FlowCounters in_;
  FlowCounters out_;
  Gauge* watermark_ = nullptr;
  Gauge* backpressured_ = nullptr;
  Histogram* loop_lag_ = nullptr;
};

}  // namespace millrace
