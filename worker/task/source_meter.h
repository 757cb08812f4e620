// What a task measures of its source: what was read, how far behind it is, and how long there has
// been nothing.
//
// Driven by the task's thread only; per poll or per batch, never per row.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/event_time.h"
#include "common/metrics/metrics.h"
#include "worker/contract/source.h"

namespace millrace {

class SourceMeter {
 public:
  // `metrics` and `clock` outlive this.
  SourceMeter(MetricScope& metrics, const Clock& clock, const std::string& table,
              const std::vector<std::string>& splits);

  // What one poll brought of one split, before it is decoded. Returns how many records that is.
  int64_t OnRead(const SourceData& data);
  void OnBadRecords(int64_t records);
  // Of these, those that go to the dead-letter topic.
  void OnDeadLetters(int64_t records);
  // The last row that is handed on is of `time`.
  void OnEmitted(EventTime time);
  // At the end of a poll.
  void OnPolled(bool brought_rows);
  void SetLag(size_t split, int64_t records);

 private:
  MetricScope& metrics_;
  const Clock& clock_;
  const MetricLabels table_;
  absl::Duration last_rows_at_;

  Counter* const records_;
  Counter* const bytes_;
  Counter* const bad_records_;
  Counter* const dead_letters_;
  Gauge* const idle_;
  Gauge* emit_lag_ = nullptr;  // From the first row on: not every source knows times.
  std::vector<Gauge*> lag_;    // Per split.
};

}  // namespace millrace
