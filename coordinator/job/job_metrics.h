// The series of one job, as the coordinator sees it (common/metrics/metric_catalog.h). They go when
// the object goes. Not thread-safe.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/metrics/metrics.h"
#include "coordinator/job/job_state.h"

namespace millrace {

class JobMetrics {
 public:
  JobMetrics(MetricScope& root, const JobId& job, const std::string& name);

  void OnState(JobState state);
  void OnRestart() { restarts_->Add(); }

  void OnCheckpointTriggered() { in_progress_->Set(1); }
  void OnCheckpointOver() { in_progress_->Set(0); }
  void OnCheckpointCompleted(absl::Duration duration, int64_t bytes, absl::Time at);
  void OnCheckpointFailed() { failed_->Add(); }

 private:
  std::unique_ptr<MetricScope> scope_;
  std::array<Gauge*, kAllJobStates.size()> states_;
  Counter* restarts_;
  Counter* completed_;
  Counter* failed_;
  Gauge* in_progress_;
  Histogram* duration_;
  Gauge* bytes_;
  Gauge* last_completed_;
};

}  // namespace millrace
