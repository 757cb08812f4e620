// Writes rows to a Kafka topic.
//
// At-least-once: rows go out at once, and a barrier's checkpoint waits until they are acknowledged
// by all in-sync replicas. README.md says how partitions are chosen, what bounds the client's
// memory, and where exactly-once will fit.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/format.h"
#include "worker/contract/sink.h"

namespace millrace {

struct KafkaSinkEncoders {
  std::unique_ptr<Encoder> value;  // For the table's columns.
  std::unique_ptr<Encoder> key;    // As KeyEncoder::Create wants it; usually null.
};

// kInvalidArgument, kUnimplemented or kPermissionDenied for options that are wrong, not built yet
// or not allowed. Nothing is connected before Open.
absl::StatusOr<std::unique_ptr<Sink>> NewKafkaSink(const SinkSpec& spec,
                                                   KafkaSinkEncoders encoders);

}  // namespace millrace
