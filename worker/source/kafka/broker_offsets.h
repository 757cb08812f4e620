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
  rd_kafka_resp_err_t Ask(rd_kafka_topic_partition_list_t& list) const;

  const KafkaClient& client_;
  const std::string group_id_;
  const int timeout_ms_;
};

// Where `partitions` begin or end (RD_KAFKA_OFFSET_BEGINNING, RD_KAFKA_OFFSET_END), into their
// offsets; each has an error of its own. Unlike rd_kafka_query_watermark_offsets this comes back in
// time from a broker that does not answer (seen with librdkafka 2.0.2).
rd_kafka_resp_err_t AskLogicalOffsets(const KafkaClient& client,
                                      rd_kafka_topic_partition_list_t& partitions, int64_t logical,
                                      int timeout_ms);

// `positions` as the client takes them, each with its `next`.
KafkaPtr<rd_kafka_topic_partition_list_t> PartitionList(
    const std::vector<PartitionPosition>& positions);

}  // namespace millrace
