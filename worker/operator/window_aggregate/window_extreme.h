// Of the results of windows, those rows that have the greatest, or the least, value of their
// window: what a join of the rows with the MAX of their window comes to (Nexmark q5), without the
// join.
//
// State: one entry for each window, whose end is the namespace and whose start the key: the value,
// and the rows that have it, as canonical bytes in the tail. All rows that tie are kept. A row
// whose value is NULL has none. Rows come out once the watermark passes the window.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "worker/contract/operator.h"
#include "worker/operator/window_aggregate/window_parts.h"

namespace millrace {

// REQUIRES: `parts.window` is attached, the only key of `parts.keys` is its start, and the only
// call of `parts.layout` is MIN or MAX. kUnimplemented, naming it, for a value or a column of a
// type that it cannot keep.
absl::StatusOr<std::unique_ptr<Operator>> NewWindowExtreme(WindowAggregateParts parts,
                                                           const Schema& input);

}  // namespace millrace
