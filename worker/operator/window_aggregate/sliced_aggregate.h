// The window aggregate over windows that are the same for all keys: TUMBLE, HOP and CUMULATE, and
// windows that the rows bring with them.
//
// State: one entry for each (slice, key), the accumulators of the calls in a fixed layout
// (accumulators.h); the namespace of an entry is the end of its slice in milliseconds. A batch is
// folded by (slice, key) first, so that state is touched once for each distinct pair in it. What a
// window holds is gathered from its slices when it fires (window_scan.h); a slice is dropped with
// the last window that it is in.
#pragma once

#include <memory>

#include "worker/contract/operator.h"
#include "worker/operator/window_aggregate/window_parts.h"

namespace millrace {

// REQUIRES: as SlicedWindows. For windows that rows bring along the last column of `parts.keys` is
// window_start.
std::unique_ptr<Operator> NewSlicedAggregate(WindowAggregateParts parts);

}  // namespace millrace
