// The outside, as a slot sees it: transactions under a name of which only the newest instance can
// commit, and a marker that is committed with them.
//
// Calls may block, and are made on the slot's own thread, one at a time; all but Stop.
#pragma once

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "worker/sink/staged/marker.h"
#include "worker/sink/staged/segment_format.h"
#include "worker/sink/staged/slot_core.h"

namespace millrace {

struct PublishResult {
  PublishOutcome outcome = PublishOutcome::kNotCommitted;
  absl::Status error;  // Why it is not kCommitted.
};

class TransactionalOutput {
 public:
  // Hands every record of the transaction to its argument, in order; the error of either side.
  using Records =
      std::function<absl::Status(const std::function<absl::Status(const StagedRecord&)>&)>;

  virtual ~TransactionalOutput() = default;

  // After it no older instance of the slot can commit, and what one had begun to commit is decided.
  virtual absl::Status Fence() = 0;

  // What the last committed transaction of the slot said. REQUIRES: Fence was OK.
  virtual absl::StatusOr<std::optional<Marker>> ReadMarker() = 0;

  // One transaction. Whatever the outcome, Fence comes before the next one. An error of `records`
  // aborts it and is the error returned.
  virtual PublishResult Publish(const Records& records, const Marker& marker) = 0;

  // From any thread: the call under way, and every later one, comes back soon with an error.
  virtual void Stop() = 0;
};

}  // namespace millrace
