// Keeps up what is known of the ends of a task's partitions: how far behind they are, and whether
// the end that was proven still is the end.
//
// A partition's end is reported by the client itself, once; this asks only where that is not
// enough. Two reasons: the report was made before connections were lost; or the broker's thread in
// the client may be asleep since the queue was full (kQueueBackoff), and any question wakes it.
// Driven by the task's thread; questions run on the io executor.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/base/executor.h"
#include "common/kafka/client.h"
#include "worker/source/kafka/background_question.h"
#include "worker/source/kafka/kafka_split.h"

namespace millrace {

class EndOffsets {
 public:
  EndOffsets(std::shared_ptr<KafkaClient> client, Executor* io);

  // Takes what was answered, and asks what is to be asked. Never blocks; cheap when nothing is due.
  void Update(absl::Duration now, bool queue_has_room, std::vector<KafkaSplit>& splits);

 private:
  struct Question {
    int split = 0;
    PartitionPosition position;  // When the question was asked.
    int64_t end = -1;            // The answer; -1: none.
  };

  void UpdateLag(std::vector<KafkaSplit>& splits) const;
  std::vector<Question> Due(bool prove, bool wake, const std::vector<KafkaSplit>& splits) const;

  // Shared with questions under way.
  const std::shared_ptr<KafkaClient> client_;
  Executor* const io_;
  BackgroundQuestion<std::vector<Question>> questions_;
  absl::Duration lag_at_ = -absl::InfiniteDuration();
  absl::Duration asked_at_ = -absl::InfiniteDuration();
};

}  // namespace millrace
