#include "worker/sink/kafka/staged_records.h"

#include <limits>

#include "common/base/status_macros.h"

namespace millrace {

absl::Status StagedKafkaRecords::Make(
    const Batch& batch, const TaskContext& context,
    const std::function<absl::Status(const StagedRecord&)>& take) {
  RETURN_IF_ERROR(records_.Make(batch));
  StagedRecord record;
  for (int64_t i = 0; i < records_.size(); ++i) {
    record.partition = PartitionOf(context);
    records_.Fill(i, record);
    RETURN_IF_ERROR(take(record));
  }
  return absl::OkStatus();
}

int32_t StagedKafkaRecords::PartitionOf(const TaskContext& context) {
  switch (partitioner_) {
    case KafkaPartitioner::kDefault:
      break;
    case KafkaPartitioner::kFixed:
      return context.task.index;
    case KafkaPartitioner::kRoundRobin:
      turn_ = turn_ == std::numeric_limits<int32_t>::max() ? 0 : turn_ + 1;
      return turn_;
  }
  return StagedRecord::kAnyPartition;
}

}  // namespace millrace
