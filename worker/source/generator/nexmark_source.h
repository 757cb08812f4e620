// `nexmark`: the events of the Nexmark benchmark without a broker, with the option names of
// github.com/nexmark/nexmark; 'seed' is our own. The rows are those that `millrace datagen nexmark`
// writes as lines.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/source.h"

namespace millrace {

// kInvalidArgument or kUnimplemented, naming table and option or column.
absl::StatusOr<std::unique_ptr<Source>> NewNexmarkSource(const SourceSpec& spec);

}  // namespace millrace
