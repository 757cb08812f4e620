// Reads Kafka topics: raw records of the table's partitions, in the order of each partition.
//
// Positions are state; those of the group are written for visibility and read only where the
// options ask for them. README.md says how partitions are spread, what bounds the client's memory
// and how the end of a partition is proven.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/source.h"

namespace millrace {

// kInvalidArgument, kUnimplemented or kPermissionDenied for options that are wrong, not built yet
// or not allowed. Nothing is connected before Open.
absl::StatusOr<std::unique_ptr<Source>> NewKafkaSource(const SourceSpec& spec);

}  // namespace millrace
