// Writes rows to a Kafka topic: the connectors 'kafka' and 'upsert-kafka'.
//
// At-least-once: rows go out at once, and a barrier's checkpoint waits until they are acknowledged
// by all in-sync replicas. README.md says how partitions are chosen, what bounds the client's
// memory, and where exactly-once will fit.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/sink.h"
#include "worker/sink/kafka/keyed_records.h"

namespace millrace {

// kInvalidArgument, kUnimplemented or kPermissionDenied for options that are wrong, not built yet
// or not allowed. Nothing is connected before Open.
absl::StatusOr<std::unique_ptr<Sink>> NewKafkaSink(const SinkSpec& spec,
                                                   KafkaSinkEncoders encoders);

}  // namespace millrace
