// The window aggregate over SESSION windows: rows of a key that follow each other within the gap.
//
// State: one partial session for each (slice, key), slices being as long as the gap
// (session_placement.h): the accumulators of the calls, then the least and the greatest time. A
// session is a chain of partials in slices side by side, so rows merge sessions without a look at
// them: two become one when a partial between them, or nearer bounds, close the chain.
//
//   watermark >= last row + gap - 1, and nothing joins in the next slice  -> the session is shown
//   watermark beyond all that can end in a slice                          -> the slice is dropped;
//                                      partials that go on are merged into those of the next slice
//
// At most one slice has sessions that end at some watermark and not at the next one. Its keys are
// kept in RAM, ordered by when their session would end; after a restart they are read anew.
#pragma once

#include <memory>
#include <vector>

#include "worker/contract/operator.h"
#include "worker/operator/window_aggregate/window_parts.h"

namespace millrace {

// Adds the calls that a session's bounds are kept by.
void AddSessionBounds(const Schema& input, const WindowSpec& window,
                      std::vector<AggregateCall>& calls);

// REQUIRES: `parts.layout` is of calls with AddSessionBounds; the gap is at most
// SlicedWindows::kFarthestMs.
std::unique_ptr<Operator> NewSessionAggregate(WindowAggregateParts parts);

}  // namespace millrace
