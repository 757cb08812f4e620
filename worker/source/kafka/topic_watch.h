// Notices that a running source's topics have changed: more partitions, or no topic at all.
//
// The splits of a running source are fixed, so new partitions are read after a restart of the job
// from its last checkpoint, from their beginning. A topic counts as missing only if it stays so:
// brokers that start know of no topic for a moment. Driven by the task's thread; questions run on
// the io executor.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/executor.h"
#include "worker/source/kafka/background_question.h"

namespace millrace {

class TopicWatch {
 public:
  using PartitionCounts = std::map<std::string, size_t>;  // By topic.
  // How many partitions a topic has; kNotFound if there is no such topic. Blocks. May be called
  // after the watch is gone.
  using CountPartitions = std::function<absl::StatusOr<size_t>(const std::string& topic)>;

  struct Options {
    std::string table;        // Named in errors.
    PartitionCounts known;    // When the source was opened.
    absl::Duration interval;  // Between two looks for new partitions; zero: none.
    // The topics of a pattern, also those that came since; blocks. Null: they are fixed.
    std::function<absl::StatusOr<std::vector<std::string>>()> find_topics = nullptr;
  };
  TopicWatch(Options options, CountPartitions count_partitions, Executor* io);

  // There is a reason to look before the interval is over.
  void Suspect() { suspected_ = true; }

  // kUnavailable once a topic is known to have grown or to be new, kNotFound once one is known to
  // be missing, kOutOfRange once one has fewer partitions than it had. Never blocks.
  absl::Status Update(absl::Duration now);

 private:
  using Answers = std::map<std::string, absl::StatusOr<size_t>>;  // By topic.

  absl::Status Judge(const Answers& answers, absl::Duration now);

  const Options options_;
  const CountPartitions count_partitions_;
  Executor* const io_;
  BackgroundQuestion<Answers> question_;
  bool suspected_ = false;
  absl::Duration asked_at_ = absl::InfiniteDuration();  // Infinite: not yet.
  std::map<std::string, absl::Duration> missing_since_;
};

}  // namespace millrace
