// Where a task stands in its partitions, as metrics: the next offset to be read, the one in the
// last complete checkpoint, and the end. -1: not known.
//
// Driven by the task's thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "worker/source/kafka/kafka_split.h"

namespace millrace {

class OffsetGauges {
 public:
  // `metrics` outlives this. The positions are those of a checkpoint if there is one.
  OffsetGauges(MetricScope& metrics, const std::string& table,
               const std::vector<KafkaSplit>& splits, bool restored) {
    for (const KafkaSplit& split : splits) {
      const PartitionPosition& position = split.reader.position();
      const auto gauge = [&](const char* kind) {
        return metrics.GetGauge("millrace_kafka_offset",
                                {{"table", table}, {"split", SplitName(position)}, {"kind", kind}});
      };
      gauges_.push_back({gauge("current"), gauge("checkpointed"), gauge("end")});
      gauges_.back().checkpointed->Set(restored ? static_cast<double>(position.next) : -1);
    }
  }

  // At most ten times a second.
  void Show(absl::Duration now, const std::vector<KafkaSplit>& splits) {
    if (now - shown_at_ < kInterval) return;
    shown_at_ = now;
    for (size_t i = 0; i < splits.size(); ++i) {
      const int64_t next = splits[i].reader.position().next;
      // The end was asked for before: reading may have passed it.
      const int64_t end = splits[i].reader.caught_up() ? next : splits[i].end_offset;
      gauges_[i].current->Set(static_cast<double>(next));
      gauges_[i].end->Set(static_cast<double>(end < 0 ? -1 : std::max(next, end)));
    }
  }

  // `positions` has one for each split.
  void OnDurable(const std::vector<PartitionPosition>& positions) {
    for (size_t i = 0; i < positions.size(); ++i) {
      gauges_[i].checkpointed->Set(static_cast<double>(positions[i].next));
    }
  }

 private:
  static constexpr absl::Duration kInterval = absl::Milliseconds(100);

  struct Gauges {
    Gauge* current = nullptr;
    Gauge* checkpointed = nullptr;
    Gauge* end = nullptr;
  };

  std::vector<Gauges> gauges_;
  absl::Duration shown_at_ = -absl::InfiniteDuration();
};

}  // namespace millrace
