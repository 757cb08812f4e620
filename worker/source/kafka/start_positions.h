// Where a task's partitions begin and end: from the checkpoint, or from the table's options.
//
// What the brokers know is asked through an interface, so that the rules are tested without one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/source/kafka/kafka_options.h"
#include "worker/source/kafka/partition_reader.h"

namespace millrace {

// Questions about one partition, of which topic and number count. Calls may block.
class OffsetLookup {
 public:
  virtual ~OffsetLookup() = default;

  struct Range {
    int64_t first = 0;  // The oldest offset that is still there.
    int64_t end = 0;    // Behind the newest record that may be read.
  };
  virtual absl::StatusOr<Range> RangeOf(const PartitionPosition& partition) = 0;

  // What the group has committed.
  virtual absl::StatusOr<std::optional<int64_t>> Committed(const PartitionPosition& partition) = 0;

  // The first record of that time or later.
  virtual absl::StatusOr<std::optional<int64_t>> AtTime(const PartitionPosition& partition,
                                                        int64_t timestamp_ms) = 0;
};

struct StartRequest {
  // The task's partitions; `next` and `end` are not set.
  std::vector<PartitionPosition> partitions;
  // Of all former tasks; empty at a first start.
  std::vector<PartitionPosition> restored;
  bool first_start = true;
};

// The positions of `request.partitions`, in their order, as real offsets. A restored partition
// keeps its bound; one that the checkpoint does not know is new since then and begins at its
// beginning. kOutOfRange, naming the records that are missing, if the topic no longer has, or never
// had, a position.
absl::StatusOr<std::vector<PartitionPosition>> ResolveStart(const KafkaSourceOptions& options,
                                                            const StartRequest& request,
                                                            OffsetLookup& lookup);

// kOutOfRange if `position` is outside of `range`: there is a gap that must not be jumped silently.
absl::Status CheckPosition(const PartitionPosition& position, const OffsetLookup::Range& range);

}  // namespace millrace
