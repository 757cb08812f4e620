// Adds to each row the window that it is in, as window_start, window_end and window_time. A row of
// several windows (HOP, CUMULATE) comes once for each, all first windows of a batch before the
// second ones. Keeps nothing and drops nothing: a row that comes too late still has its windows,
// and those who wait for them find out.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"

namespace millrace {

// kInvalidArgument, naming the operator, if its spec does not fit `input`. REQUIRES: it has a
// WindowTvfSpec.
absl::StatusOr<std::unique_ptr<Operator>> NewWindowTvf(const OperatorNode& node,
                                                       const Schema& input);

}  // namespace millrace
