#include "coordinator/job/job_metrics.h"

namespace millrace {

JobMetrics::JobMetrics(MetricScope& root, const JobId& job, const std::string& name)
    : scope_(root.Child({{"job", job.value()}, {"job_name", name}})),
      restarts_(scope_->GetCounter("millrace_job_restarts_total")),
      completed_(scope_->GetCounter("millrace_checkpoints_total", {{"result", "completed"}})),
      failed_(scope_->GetCounter("millrace_checkpoints_total", {{"result", "failed"}})),
      in_progress_(scope_->GetGauge("millrace_checkpoints_in_progress")),
      duration_(scope_->GetHistogram("millrace_checkpoint_duration_seconds")),
      bytes_(scope_->GetGauge("millrace_checkpoint_size_bytes")),
      last_completed_(scope_->GetGauge("millrace_checkpoint_last_completed_timestamp_seconds")) {
  for (size_t i = 0; i < kAllJobStates.size(); ++i) {
    states_[i] =
        scope_->GetGauge("millrace_job_status", {{"state", std::string(Name(kAllJobStates[i]))}});
  }
}

void JobMetrics::OnState(JobState state) {
  for (size_t i = 0; i < kAllJobStates.size(); ++i) states_[i]->Set(kAllJobStates[i] == state);
}

void JobMetrics::OnCheckpointCompleted(absl::Duration duration, int64_t bytes, absl::Time at) {
  completed_->Add();
  duration_->Observe(absl::ToDoubleSeconds(duration));
  bytes_->Set(static_cast<double>(bytes));
  last_completed_->Set(absl::ToDoubleSeconds(at - absl::UnixEpoch()));
}

}  // namespace millrace
