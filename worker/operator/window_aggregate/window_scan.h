// The entries of a window that fires, gathered from its slices: one for each key.
//
//   one slice    read as it is
//   HOP          merged in RAM: its slices are needed again by later windows. A merge that grows
//   too
//                large keeps the lower half of the keys' hashes and comes back for the rest
//   CUMULATE     each slice is moved into the first one of its window, which then holds everything
//
// Driven by the task's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/aggregate/accumulators.h"
#include "worker/contract/keyed_state.h"
#include "worker/contract/progress.h"

namespace millrace {

class WindowScan {
 public:
  virtual ~WindowScan() = default;

  // Replaces `entries` by the next at most `limit`, valid until the next call; kDone with none at
  // the end. Anything else: call again, after the wait that it names.
  virtual absl::StatusOr<Progress> Next(int64_t limit,
                                        std::vector<NamespaceCursor::Entry>& entries) = 0;
};

// `state` and `layout` outlive the scan; `slices` are not empty.
std::unique_ptr<WindowScan> NewSliceScan(KeyedState& state, int64_t slice);

struct MergeLimits {
  int64_t keys = 1 << 20;             // Merged at a time.
  int64_t entries_in_turn = 1 << 16;  // Then others have their turn.
};
std::unique_ptr<WindowScan> NewMergingScan(KeyedState& state, const AccumulatorLayout& layout,
                                           std::vector<int64_t> slices, MergeLimits limits = {});

// Moves `slices` into `base`, which is none of them, and drops them.
std::unique_ptr<WindowScan> NewMovingScan(KeyedState& state, const AccumulatorLayout& layout,
                                          std::vector<int64_t> slices, int64_t base);

}  // namespace millrace
