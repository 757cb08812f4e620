// `datagen`: rows of random or counted values, for trying things out and for tests.
//
// The same options and seed give the same rows, at any parallelism and across restores; only dates
// and times are those of the clock, as in Flink.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/source.h"

namespace millrace {

// kInvalidArgument or kUnimplemented, naming table and option.
absl::StatusOr<std::unique_ptr<Source>> NewDatagenSource(const SourceSpec& spec);

}  // namespace millrace
