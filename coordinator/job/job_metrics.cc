#include "coordinator/job/job_metrics.h"

namespace millrace {

JobMetrics::Series::Series(MetricScope& root, const Job& job)
    : scope(root.Child({{"job", job.id.value()}, {"job_name", job.name}})),
      uptime(scope->GetGauge("millrace_job_uptime_seconds")),
      restarts(scope->GetCounter("millrace_job_restarts_total")),
      completed(scope->GetCounter("millrace_checkpoints_total", {{"result", "completed"}})),
      failed(scope->GetCounter("millrace_checkpoints_total", {{"result", "failed"}})),
      in_progress(scope->GetGauge("millrace_checkpoints_in_progress")),
      interval(scope->GetGauge("millrace_checkpoint_interval_seconds")),
      consecutive_failures(scope->GetGauge("millrace_checkpoint_consecutive_failures")),
      duration(scope->GetHistogram("millrace_checkpoint_duration_seconds")),
      bytes(scope->GetGauge("millrace_checkpoint_size_bytes")),
      last_completed(scope->GetGauge("millrace_checkpoint_last_completed_timestamp_seconds")) {
  for (size_t i = 0; i < kAllJobStates.size(); ++i) {
    states[i] =
        scope->GetGauge("millrace_job_status", {{"state", std::string(Name(kAllJobStates[i]))}});
  }
}

JobMetrics::Series& JobMetrics::series() {
  if (series_ == nullptr) series_ = std::make_unique<Series>(root_, job_);
  return *series_;
}

void JobMetrics::OnState(JobState state) {
  Series& shown = series();
  for (size_t i = 0; i < kAllJobStates.size(); ++i) {
    shown.states[i]->Set(kAllJobStates[i] == state);
  }
  const bool ended = HasEnded(state);
  if (ended) consecutive_failures_ = 0;
  shown.interval->Set(ended ? 0 : absl::ToDoubleSeconds(job_.checkpoint_interval));
  shown.consecutive_failures->Set(static_cast<double>(consecutive_failures_));
  if (state != JobState::kRunning && state != JobState::kStopping) shown.uptime->Set(0);
}

void JobMetrics::OnUptime(absl::Duration uptime) {
  series().uptime->Set(absl::ToDoubleSeconds(uptime));
}

void JobMetrics::OnRestart() { series().restarts->Add(); }

void JobMetrics::OnCheckpointTriggered() { series().in_progress->Set(1); }

void JobMetrics::OnCheckpointOver() { series().in_progress->Set(0); }

void JobMetrics::OnCheckpointCompleted(absl::Duration duration, int64_t bytes, absl::Time at) {
  consecutive_failures_ = 0;
  Series& shown = series();
  shown.completed->Add();
  shown.consecutive_failures->Set(0);
  shown.duration->Observe(absl::ToDoubleSeconds(duration));
  shown.bytes->Set(static_cast<double>(bytes));
  shown.last_completed->Set(absl::ToDoubleSeconds(at - absl::UnixEpoch()));
}

void JobMetrics::OnCheckpointFailed() {
  series().failed->Add();
  series().consecutive_failures->Set(static_cast<double>(++consecutive_failures_));
}

}  // namespace millrace
