// GROUP BY keys and window over event time: results when the watermark passes a window's end.
//
// State: one entry for each (slice, key), the accumulators of the calls in a fixed layout
// (accumulators.h); the namespace of an entry is the end of its slice in milliseconds. A TUMBLE
// window is one slice. A batch is folded by (slice, key) first, so that state is touched once for
// each distinct pair in it.
//
// The rules are Flink's: a window [start, end) fires once the watermark reaches end - 1 ms; a row
// whose window has fired is late, dropped and counted. The watermark is state, so that a replay
// drops the same rows. Driven by one thread, as any Operator.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"

namespace millrace {

// REQUIRES: `node.spec` is a WindowAggregateSpec. kInvalidArgument, naming the column, for a time
// column that is no TIMESTAMP(<=3), a key of a type that cannot be one, or a call that does not fit
// its argument. kUnimplemented, naming it, for a kind of window other than TUMBLE.
//
// OnBatch fails with kInvalidArgument for a row whose time is NULL, and with kUnimplemented for
// rows that take others back (-U, -D).
absl::StatusOr<std::unique_ptr<Operator>> NewWindowAggregate(const OperatorNode& node,
                                                             const Schema& input);

}  // namespace millrace
