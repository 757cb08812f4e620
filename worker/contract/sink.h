// A sink writes a task's rows to a table.
//
// The protocol of an epoch: Append..., Seal(E) at the barrier, Flushed(E) before the task
// acknowledges the barrier, OnDurable(E, term) once the checkpoint is committed. An exactly-once
// sink stages what it got in segments and publishes them in OnDurable (design:
// proto/CHECKPOINT.md); an at-least-once sink writes at once and has flushed when Flushed says so.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/event_time.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"
#include "common/columnar/batch.h"
#include "worker/contract/operator.h"

namespace millrace {

// Driven by the task's thread only, but for TaskContext::wake which its own threads call.
class Sink {
 public:
  virtual ~Sink() = default;

  // May block: the task calls it on the io executor.
  virtual absl::Status Open(const TaskContext& context, const StateReader* restored) = 0;

  // kBlockedIo: `batch` was taken, but give no more before TaskContext::wake and Resume() returning
  // kDone.
  virtual absl::StatusOr<Progress> Append(Batch batch) = 0;
  virtual absl::StatusOr<Progress> Resume() { return Progress::kDone; }

  // No row behind this is older, but for late ones. For sinks that say when something is complete.
  virtual void OnWatermark(EventTime watermark) {}

  // Everything appended so far belongs to `epoch`. Must not block.
  virtual absl::Status Seal(Epoch epoch) = 0;

  // Whether everything up to the seal of `epoch` is where the delivery guarantee wants it; if not,
  // TaskContext::wake is called when this may have changed. An error fails the task: an unflushed
  // record must never be acknowledged.
  virtual absl::StatusOr<bool> Flushed(Epoch epoch) = 0;

  // Sealed, unpublished segments, and small state. Called once Flushed(epoch) is true.
  virtual std::vector<SegmentRef> Segments() const { return {}; }
  virtual void Snapshot(StateWriter& state) const {}

  // The checkpoint of `epoch` is committed. `term` rises with the coordinator's leadership; an
  // older one is to be ignored.
  virtual absl::Status OnDurable(Epoch epoch, Term term) = 0;

  // Whether everything durable is where readers see it; if not, TaskContext::wake is called when
  // this may have changed. An error fails the task. Asked often; a task ends once it is true of its
  // last epoch.
  virtual absl::StatusOr<bool> Published() { return true; }

  // The input has ended, or the job stops: flush and close. May block: called on the io executor.
  virtual absl::Status Close() = 0;
};

}  // namespace millrace
