// The sink of what a Kafka table cannot read, with 'on-error' = 'dead-letter': a topic of the
// table's own brokers, written exactly once (worker/sink/staged).
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/io/file_system.h"
#include "common/plan/table.h"
#include "worker/contract/sink.h"

namespace millrace {

// Takes batches of DeadLetterSchema. `table` is the source table: 'dead-letter.topic' is where they
// go, its 'properties.*' say how. kInvalidArgument, naming table and option, for options that are
// missing, wrong or contradict each other. Nothing is connected before Open. `files` must outlive
// the sink.
absl::StatusOr<std::unique_ptr<Sink>> NewKafkaDeadLetterSink(const TableDescription& table,
                                                             FileSystem& files);

}  // namespace millrace
