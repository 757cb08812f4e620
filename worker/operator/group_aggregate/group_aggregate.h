// GROUP BY keys without a window: a result for every group from its first row on, which later rows
// update.
//
// State: one entry per key, the accumulators of the calls (worker/aggregate/accumulators.h), all in
// namespace 0. A batch is folded by key first, so that state is touched once for each distinct key
// in it, and so that each of them gives at most one change: +I for a new group, else -U and +U side
// by side, or +U alone if nobody needs the row before. A group whose results stay the same gives
// nothing. Driven by one thread, as any Operator.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"

namespace millrace {

// REQUIRES: `node.spec` is a GroupAggregateSpec. kInvalidArgument, naming it, for a key of a type
// that cannot be one, or a call that does not fit its argument.
//
// OnBatch fails with kUnimplemented for rows that take others back (-U, -D).
absl::StatusOr<std::unique_ptr<Operator>> NewGroupAggregate(const OperatorNode& node,
                                                            const Schema& input);

}  // namespace millrace
