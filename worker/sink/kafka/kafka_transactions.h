// A slot's transactions on Kafka: TransactionalOutput by librdkafka's transactional producer.
//
// The slot's name is the transactional id and the group in which the marker is an offset: the epoch
// is the offset of partition 0 of the output topic, sent to the transaction like a consumer's
// offset. One producer instance makes one transaction; Fence makes the next one. So a request of an
// earlier transaction that arrives late meets a newer producer epoch and is refused.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/kafka/properties.h"
#include "worker/contract/operator.h"
#include "worker/sink/staged/transactional_output.h"

namespace millrace {

struct KafkaTransactionsOptions {
  std::string table;  // For errors.
  std::string topic;
  std::string slot;
  std::string client_id;
  KafkaProperties properties;  // Of the table.
  KafkaProperties defaults;    // Where the table says nothing, instead of the usual.
};

// kInvalidArgument for properties that the client refuses. Nothing is connected before Fence.
// `context` is used for clock, io and metrics.
absl::StatusOr<std::unique_ptr<TransactionalOutput>> NewKafkaTransactions(
    KafkaTransactionsOptions options, const TaskContext& context);

}  // namespace millrace
