#include "worker/task/task_meter.h"

#include <limits>

namespace millrace {

TaskMeter::TaskMeter(MetricScope& metrics)
    : in_{.records = metrics.GetCounter("millrace_task_records_in_total"),
          .batches = metrics.GetCounter("millrace_task_batches_in_total"),
          .bytes = metrics.GetCounter("millrace_task_bytes_in_total")},
      out_{.records = metrics.GetCounter("millrace_task_records_out_total"),
           .batches = metrics.GetCounter("millrace_task_batches_out_total"),
           .bytes = metrics.GetCounter("millrace_task_bytes_out_total")},
      watermark_(metrics.GetGauge("millrace_task_watermark_seconds")),
      backpressured_(metrics.GetGauge("millrace_task_backpressured")),
      loop_lag_(metrics.GetHistogram("millrace_task_loop_lag_seconds")) {
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

void TaskMeter::OnTakenUp(absl::Duration lag) {
  if (loop_lag_ != nullptr) loop_lag_->Observe(absl::ToDoubleSeconds(lag));
}

void TaskMeter::CountUpTo(const FlowCount& in, const FlowCount& out) {
  in_.CountUpTo(in);
  out_.CountUpTo(out);
}

void TaskMeter::FlowCounters::CountUpTo(const FlowCount& total) {
  if (records == nullptr || total.batches == counted.batches) return;
  records->Add(static_cast<double>(total.records - counted.records));
  batches->Add(static_cast<double>(total.batches - counted.batches));
  bytes->Add(static_cast<double>(total.bytes - counted.bytes));
  counted = total;
}

void TaskMeter::SetWatermark(EventTime watermark) {
  if (watermark_ == nullptr || watermark == EventTime::Min()) return;
  watermark_->Set(watermark == EventTime::Max() ? std::numeric_limits<double>::infinity()
                                                : static_cast<double>(watermark.millis()) / 1000);
}

}  // namespace millrace
