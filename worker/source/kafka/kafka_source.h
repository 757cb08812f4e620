// Reads Kafka topics.
//
// Partition p belongs to task p modulo parallelism; positions are state and are never taken from the
// group, to which they are committed for visibility only. README.md of worker/source says what bounds
// the memory of the client.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/source.h"

namespace millrace {

// kInvalidArgument or kUnimplemented for options that are wrong or not built yet.
absl::StatusOr<std::unique_ptr<Source>> NewKafkaSource(const SourceSpec& spec);

}  // namespace millrace
