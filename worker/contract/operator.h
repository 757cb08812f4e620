// An operator of a chain: batches and watermarks in, batches out.
//
// A task drives it from one thread: Open, then any number of OnBatch / OnWatermark / OnTime /
// Snapshot, then Close. A call that does not return kDone is followed by Resume() until that does,
// before anything else is delivered.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/event_time.h"
#include "common/base/executor.h"
#include "common/base/ids.h"
#include "common/columnar/batch.h"
#include "common/plan/key_groups.h"
#include "worker/contract/keyed_state.h"
#include "worker/contract/output.h"
#include "worker/contract/progress.h"
#include "worker/contract/state_io.h"

namespace millrace {

class MetricScope;

// The checkpoints of the job, as somebody who writes files beside them or publishes what they hold
// has to know them.
struct CheckpointContext {
  std::string cluster_id;
  std::string lineage;  // Of the job's chain of checkpoints; other chains never have the same.
  std::string folder;   // The job's checkpoint folder.
  WorkerId worker;
  Term term;
  Epoch restored;  // The checkpoint that this attempt began with; 0: none.
};

// What the task lends an operator, a source or a sink. Everything in it outlives them.
struct TaskContext {
  JobId job;
  std::string job_name;
  TaskId task;
  Attempt attempt;  // Rises with every restart: names of files that must not meet those of before.
  int32_t parallelism = 1;
  int32_t max_parallelism = 1024;
  KeyGroupRange key_groups;
  const Clock* clock = nullptr;
  Executor* io = nullptr;          // For calls that may block; results come back through `wake`.
  std::function<void()> wake;      // Runs the task again soon. Thread-safe.
  MetricScope* metrics = nullptr;  // common/metrics; labelled with job, stage and task.
  std::string state_id;            // Of the operator, source or sink that this is lent to.
  CheckpointContext checkpoint;
  std::string scratch_dir;  // A folder of this task attempt's own, empty at the start.
  // Opens the operator's keyed state. At most once per operator, in Open(). The state belongs to
  // the task.
  std::function<absl::StatusOr<KeyedState*>(const StateTableOptions&)> open_state;
};

class Operator {
 public:
  virtual ~Operator() = default;

  // `restored` is null at a first start. Keyed state has been restored when open_state returns.
  virtual absl::Status Open(const TaskContext& context, const StateReader* restored) = 0;

  virtual absl::StatusOr<Progress> OnBatch(Batch batch, Output& out) = 0;

  // The same with the input that the rows are of, which an operator with several of them must know.
  // Watermarks are those of all inputs together.
  virtual absl::StatusOr<Progress> OnInput(int input, Batch batch, Output& out) {
    return OnBatch(std::move(batch), out);
  }

  // Emits everything that `watermark` completes; the task forwards the watermark once this, with
  // Resume(), is done. REQUIRES: later than the one before. The default has nothing to complete.
  virtual absl::StatusOr<Progress> OnWatermark(EventTime watermark, Output& out) {
    return Progress::kDone;
  }

  virtual absl::StatusOr<Progress> Resume(Output& out) { return Progress::kDone; }

  // When, by the wall clock, the operator wants OnTime to be called; the infinite future: never.
  virtual absl::Time NextTime() const { return absl::InfiniteFuture(); }

  // The wall clock shows `now`, which is NextTime() or later: processing-time timers fire.
  virtual absl::StatusOr<Progress> OnTime(absl::Time now, Output& out) { return Progress::kDone; }

  // At a barrier, between two calls that were done. Must not block: keyed state is frozen by the
  // task.
  virtual void Snapshot(StateWriter& state) const {}
};

}  // namespace millrace
