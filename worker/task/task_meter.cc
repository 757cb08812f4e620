#include "worker/task/task_meter.h"

#include <limits>

namespace millrace {

TaskMeter::TaskMeter(MetricScope& metrics)
    : records_in_(metrics.GetCounter("millrace_task_records_in_total")),
      records_out_(metrics.GetCounter("millrace_task_records_out_total")),
      watermark_(metrics.GetGauge("millrace_task_watermark_seconds")),
      backpressured_(metrics.GetGauge("millrace_task_backpressured")) {
  constexpr const char* kStates[] = {"idle", "busy", "backpressured"};
  for (int i = 0; i < 3; ++i) {
    seconds_[i] = metrics.GetCounter("millrace_task_time_seconds_total", {{"state", kStates[i]}});
  }
}

void TaskMeter::Switch(Activity next, absl::Duration now) {
  if (seconds_[0] == nullptr) return;
  if (now > since_) {
    seconds_[static_cast<int>(activity_)]->Add(absl::ToDoubleSeconds(now - since_));
  }
  since_ = now;
  if (next != Activity::kBusy) {
    backpressured_->Set(next == Activity::kBackpressured ? 1 : 0);
  }
  activity_ = next;
}

void TaskMeter::CountRows(int64_t in, int64_t out) {
  if (records_in_ == nullptr) return;
  if (in > 0) records_in_->Add(static_cast<double>(in));
  if (out > 0) records_out_->Add(static_cast<double>(out));
}

void TaskMeter::SetWatermark(EventTime watermark) {
  if (watermark_ == nullptr || watermark == EventTime::Min()) return;
  watermark_->Set(watermark == EventTime::Max() ? std::numeric_limits<double>::infinity()
                                                : static_cast<double>(watermark.millis()) / 1000);
}

}  // namespace millrace
