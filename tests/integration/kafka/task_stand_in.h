// The part of a task that sources and sinks see: it is woken from other threads, and looks again
// after a tick.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/ids.h"
#include "common/metrics/metrics.h"
#include "worker/contract/operator.h"

namespace millrace {

class TaskStandIn {
 public:
  struct Place {
    int32_t index = 0;
    int32_t parallelism = 1;
  };
  TaskStandIn() : TaskStandIn(Place{}) {}
  explicit TaskStandIn(Place place)
      : metrics_(registry_.root().Child(
            {{"job", "j"}, {"job_name", "test"}, {"stage", "0"}, {"task", "0"}})),
        place_(place) {}

  TaskContext context() {
    return {.job = JobId("j"),
            .job_name = "test",
            .task = {StageId(0), place_.index},
            .parallelism = place_.parallelism,
            .clock = &SystemClock(),
            .io = io_.get(),
            .wake =
                [this] {
                  absl::MutexLock lock(&mutex_);
                  woken_ = true;
                },
            .metrics = metrics_.get()};
  }

  // Calls `step` whenever the task is woken, and every tick, until it returns true. False if it has
  // not within `deadline`.
  bool Until(const std::function<bool()>& step, absl::Duration deadline = absl::Seconds(20)) {
    const absl::Duration end = SystemClock().Monotonic() + deadline;
    while (!step()) {
      if (SystemClock().Monotonic() > end) return false;
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&woken_), tick);
      woken_ = false;
    }
    return true;
  }

  std::string Metrics() const { return registry_.Expose(); }

  absl::Duration tick = absl::Milliseconds(200);

 private:
  MetricRegistry registry_;
  std::unique_ptr<MetricScope> metrics_;
  const Place place_;
  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Executor> io_ = NewThreadPool("io", 2);  // Ends first.
};

}  // namespace millrace
