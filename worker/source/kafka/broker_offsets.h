// OffsetLookup over a Kafka client: one round trip to a broker per question.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/kafka/client.h"
#include "worker/source/kafka/start_positions.h"

namespace millrace {

// Not thread-safe; `client` must outlive it. Each call blocks for at most `timeout`.
class BrokerOffsets final : public OffsetLookup {
 public:
  BrokerOffsets(const KafkaClient& client, std::string group_id, absl::Duration timeout);

  absl::StatusOr<Range> RangeOf(const PartitionPosition& partition) override;
  absl::StatusOr<std::optional<int64_t>> Committed(const PartitionPosition& partition) override;
  absl::StatusOr<std::optional<int64_t>> AtTime(const PartitionPosition& partition,
                                                int64_t timestamp_ms) override;

 private:
  const KafkaClient& client_;
  const std::string group_id_;
  const int timeout_ms_;
};

// `positions` as the client takes them, each with its `next`.
KafkaPtr<rd_kafka_topic_partition_list_t> PartitionList(
    const std::vector<PartitionPosition>& positions);

}  // namespace millrace
