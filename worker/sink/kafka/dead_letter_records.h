// Dead letters (worker/contract/dead_letters.h) of a Kafka table, as records of its dead-letter
// topic: the value is what was read, byte for byte, and headers say where it was and what is wrong.
//
//   millrace.table, millrace.topic, millrace.partition, millrace.offset, millrace.timestamp (ms, if
//   known), millrace.error, millrace.job (its id), millrace.job.name
//
// Pure. The records of a partition stay together and in order: they go to the partition of the same
// number, modulo how many there are.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "worker/sink/staged/staged_sink.h"

namespace millrace {

// Not thread-safe.
class DeadLetterRecords final : public RecordMaker {
 public:
  explicit DeadLetterRecords(std::string table) : table_(std::move(table)) {}

  // REQUIRES: the columns of DeadLetterSchema, and splits that are "topic-partition".
  absl::Status Make(const Batch& letters, const TaskContext& context,
                    const std::function<absl::Status(const StagedRecord&)>& take) override;

 private:
  const std::string table_;
};

}  // namespace millrace
