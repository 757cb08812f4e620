// Notices that a topic got more partitions.
//
// The splits of a running source are fixed, so new partitions are read after a restart of the job
// from its last checkpoint, from their beginning. Driven by the task's thread; questions run on the
// io executor.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/executor.h"
#include "common/kafka/client.h"
#include "worker/source/kafka/background_question.h"

namespace millrace {

class PartitionDiscovery {
 public:
  using PartitionCounts = std::map<std::string, size_t>;  // By topic.

  struct Options {
    std::string table;        // Named in errors.
    PartitionCounts known;    // When the source was opened.
    absl::Duration interval;  // Zero: never.
  };
  PartitionDiscovery(Options options, std::shared_ptr<KafkaClient> client, Executor* io);

  // kUnavailable once a topic is known to have grown. Never blocks.
  absl::Status Update(absl::Duration now);

 private:
  const Options options_;
  const std::shared_ptr<KafkaClient> client_;
  Executor* const io_;
  BackgroundQuestion<PartitionCounts> question_;
  absl::Duration asked_at_ = absl::InfiniteDuration();  // Infinite: not yet.
};

}  // namespace millrace
