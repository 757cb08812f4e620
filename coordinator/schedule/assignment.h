// Which worker runs which task: a pure function of the plan and the free slots.
//
// A slot runs one task of every stage: slot i has task i of each stage with more than i tasks. So a
// job needs as many slots as its widest stage has tasks, and forward edges never leave a worker.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/plan/job_graph.h"

namespace millrace {

struct WorkerSlots {
  WorkerId worker;
  int32_t total = 0;
  int32_t free = 0;
};

struct Assignment {
  std::vector<WorkerId> slots;  // The worker of each slot.

  const WorkerId& WorkerOf(const TaskId& task) const { return slots[task.index]; }
  // Slots taken on each worker.
  std::map<WorkerId, int32_t> SlotsByWorker() const;
};

int32_t SlotsNeeded(const JobGraph& graph);

// Spreads the slots over the workers so that the fullest is as empty as it can be; equal workers
// are taken by id, so that the same cluster always gives the same assignment. kResourceExhausted
// with "needs N slots, M are free" if it cannot.
absl::StatusOr<Assignment> Assign(const JobGraph& graph, std::vector<WorkerSlots> workers);

}  // namespace millrace
