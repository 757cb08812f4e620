// Where a task's partitions begin and end: from the checkpoint, or from the table's options.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/kafka/client.h"
#include "worker/source/kafka/kafka_options.h"
#include "worker/source/kafka/partition_reader.h"

namespace millrace {

struct StartRequest {
  // The task's partitions; `next` and `end` are not set.
  std::vector<PartitionPosition> partitions;
  // Of all former tasks; empty at a first start.
  std::vector<PartitionPosition> restored;
  bool first_start = true;
  absl::Duration timeout;  // Of each question to a broker.
};

// The positions of `request.partitions`, in their order, as real offsets. A restored partition keeps
// its bound; one that the checkpoint does not know is new since then and begins at its beginning.
// kOutOfRange if the topic no longer has, or never had, a position. Blocks.
absl::StatusOr<std::vector<PartitionPosition>> ResolveStart(const KafkaClient& client,
                                                            const KafkaSourceOptions& options,
                                                            const StartRequest& request);

}  // namespace millrace
