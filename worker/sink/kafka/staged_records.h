// Keyed records, as staged output takes them: with where each goes.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "worker/sink/kafka/kafka_sink_options.h"
#include "worker/sink/kafka/keyed_records.h"
#include "worker/sink/staged/staged_sink.h"

namespace millrace {

// Not thread-safe.
class StagedKafkaRecords final : public RecordMaker {
 public:
  StagedKafkaRecords(KafkaPartitioner partitioner, KeyedRecords records)
      : partitioner_(partitioner), records_(std::move(records)) {}

  absl::Status Make(const Batch& batch, const TaskContext& context,
                    const std::function<absl::Status(const StagedRecord&)>& take) override;

 private:
  int32_t PartitionOf(const TaskContext& context);

  const KafkaPartitioner partitioner_;
  KeyedRecords records_;
  int32_t turn_ = 0;  // kRoundRobin: of the next record.
};

}  // namespace millrace
