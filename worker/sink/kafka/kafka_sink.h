// Writes rows to a Kafka topic: the connectors 'kafka' and 'upsert-kafka'.
//
// Exactly-once: rows are staged and become visible with their checkpoint (worker/sink/staged).
// At-least-once: rows go out at once, and a barrier's checkpoint waits until they are acknowledged
// by all in-sync replicas. README.md says how partitions are chosen and what bounds the client's
// memory.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/io/file_system.h"
#include "common/plan/operators.h"
#include "worker/contract/sink.h"
#include "worker/sink/kafka/keyed_records.h"

namespace millrace {

// kInvalidArgument, kUnimplemented or kPermissionDenied for options that are wrong, not built yet
// or not allowed. Nothing is connected before Open. `files` must outlive the sink.
absl::StatusOr<std::unique_ptr<Sink>> NewKafkaSink(const SinkSpec& spec, KafkaSinkEncoders encoders,
                                                   FileSystem& files);

}  // namespace millrace
