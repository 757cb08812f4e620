#include "worker/task/source_meter.h"

#include <variant>

namespace millrace {
namespace {

// From the first byte of the first record to the last of the last: line ends are part of that.
int64_t BytesOf(const Slab& slab) {
  if (slab.size() == 0) return 0;
  return int64_t{slab.offsets.back()} + slab.lengths.back() - slab.offsets.front();
}

}  // namespace

SourceMeter::SourceMeter(MetricScope& metrics, const Clock& clock, const std::string& table,
                         const std::vector<std::string>& splits)
    : metrics_(metrics),
      clock_(clock),
      table_({{"table", table}}),
      last_rows_at_(clock.Monotonic()),
      records_(metrics.GetCounter("millrace_source_records_total", table_)),
      bytes_(metrics.GetCounter("millrace_source_bytes_total", table_)),
      bad_records_(metrics.GetCounter("millrace_source_bad_records_total", table_)),
      dead_letters_(metrics.GetCounter("millrace_source_dead_letters_total", table_)),
      idle_(metrics.GetGauge("millrace_source_idle_seconds", table_)) {
  for (const std::string& split : splits) {
    lag_.push_back(
        metrics.GetGauge("millrace_source_lag_records", {{"table", table}, {"split", split}}));
  }
}

int64_t SourceMeter::OnRead(const SourceData& data) {
  int64_t records = 0;
  if (const auto* slab = std::get_if<Slab>(&data.rows)) {
    records = slab->size();
    bytes_->Add(static_cast<double>(BytesOf(*slab)));
  } else {
    const Batch& batch = std::get<Batch>(data.rows);
    records = batch.num_rows();
    bytes_->Add(static_cast<double>(batch.bytes()));
  }
  records_->Add(static_cast<double>(records));
  return records;
}

void SourceMeter::OnBadRecords(int64_t records) { bad_records_->Add(static_cast<double>(records)); }

void SourceMeter::OnDeadLetters(int64_t records) {
  dead_letters_->Add(static_cast<double>(records));
}

void SourceMeter::OnEmitted(EventTime time) {
  if (emit_lag_ == nullptr) {
    emit_lag_ = metrics_.GetGauge("millrace_source_emit_lag_seconds", table_);
  }
  const absl::Duration lag = clock_.Wall() - absl::FromUnixMillis(time.millis());
  emit_lag_->Set(absl::ToDoubleSeconds(lag));
}

void SourceMeter::OnPolled(bool brought_rows) {
  const absl::Duration now = clock_.Monotonic();
  if (brought_rows) last_rows_at_ = now;
  idle_->Set(absl::ToDoubleSeconds(now - last_rows_at_));
}

void SourceMeter::SetLag(size_t split, int64_t records) {
  lag_[split]->Set(static_cast<double>(records));
}

}  // namespace millrace
