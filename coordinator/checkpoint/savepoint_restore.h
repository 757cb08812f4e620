// What a new job takes out of a savepoint of another one. Pure.
//
// State belongs to the operator whose state id (the fingerprint of its sub-plan) it has, whatever
// else has changed in the script and however many tasks there are: tasks take what they need of it
// (worker/task/restored_task.h).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/checkpoint/manifest.h"
#include "common/plan/job_graph.h"

namespace millrace {

struct RestoreRequest {
  std::string path;  // Of the savepoint; empty: the job begins from nothing.
  bool allow_non_restored_state = false;
};

// A manifest that `graph` can start from: the savepoint's state, in the stages of `graph`, with as
// many tasks as there were then. Job, lineage and all that names an execution is still the
// savepoint's. kFailedPrecondition naming the operators whose state no operator of `graph` takes,
// unless it may be left behind; also for another number of key groups. kDataLoss: the savepoint
// contradicts itself.
absl::StatusOr<Manifest> FitToJob(const Manifest& savepoint, const JobGraph& graph,
                                  bool allow_non_restored_state);

// The stateful operators of `graph`, by name, that find nothing in `restored` and begin empty.
std::vector<std::string> OperatorsWithoutState(const Manifest& restored, const JobGraph& graph);

// What may be restored beside savepoints: a checkpoint may have output that waits to be published,
// which a new job does first. OK, or kFailedPrecondition: its job is active, or the checkpoint is
// so old that the output may have forgotten which of it is out.
absl::Status CheckMayRestore(const Manifest& manifest, bool job_is_active, absl::Time now);

}  // namespace millrace
