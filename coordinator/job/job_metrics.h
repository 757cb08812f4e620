// The series of one job, as the coordinator sees it (common/metrics/metric_catalog.h). They come
// with the first state that is shown and go with Forget, or when the object goes. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/metrics/metrics.h"
#include "coordinator/job/job_state.h"

namespace millrace {

class JobMetrics {
 public:
  struct Job {
    JobId id;
    std::string name;
    absl::Duration checkpoint_interval;
  };

  JobMetrics(MetricScope& root, Job job) : root_(root), job_(std::move(job)) {}

  // The numbers of what runs are 0 once the job has ended.
  void OnState(JobState state);
  void OnUptime(absl::Duration uptime);
  void OnRestart();

  void OnCheckpointTriggered();
  void OnCheckpointOver();
  void OnCheckpointCompleted(absl::Duration duration, int64_t bytes, absl::Time at);
  void OnCheckpointFailed();

  // The job has ended long ago.
  void Forget() { series_.reset(); }

 private:
  struct Series {
    Series(MetricScope& root, const Job& job);

    const std::unique_ptr<MetricScope> scope;
    std::array<Gauge*, kAllJobStates.size()> states;
    Gauge* const uptime;
    Counter* const restarts;
    Counter* const completed;
    Counter* const failed;
    Gauge* const in_progress;
    Gauge* const interval;
    Gauge* const consecutive_failures;
    Histogram* const duration;
    Gauge* const bytes;
    Gauge* const last_completed;
  };

  Series& series();

  MetricScope& root_;
  const Job job_;
  std::unique_ptr<Series> series_;
  int64_t consecutive_failures_ = 0;
};

}  // namespace millrace
