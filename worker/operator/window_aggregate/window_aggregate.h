// GROUP BY keys and window over event time: results when the watermark passes a window's end.
//
// The rules are Flink's: a window [start, end) fires once the watermark reaches end - 1 ms; a row
// is late if all its windows have fired, dropped and counted. The watermark is state, so that a
// replay drops the same rows. What is kept, and how windows are made of it: sliced_aggregate.h,
// session_aggregate.h, window_extreme.h. Driven by one thread, as any Operator.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"

namespace millrace {

// REQUIRES: `node.spec` is a WindowAggregateSpec. kInvalidArgument, naming the column, for a time
// column that is no TIMESTAMP(<=3), a key of a type that cannot be one, or a call that does not fit
// its argument.
//
// OnBatch fails with kInvalidArgument for a row whose time is NULL, and with kUnimplemented for
// rows that take others back (-U, -D).
absl::StatusOr<std::unique_ptr<Operator>> NewWindowAggregate(const OperatorNode& node,
                                                             const Schema& input);

}  // namespace millrace
