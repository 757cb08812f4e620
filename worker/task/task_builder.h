// Makes the parts of a task from the plan and, after a failure, from the checkpoint it restarts
// from.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "worker/task/task.h"
#include "worker/task/worker_runtime.h"

namespace millrace {

struct TaskBlueprint {
  const Deployment* deployment = nullptr;
  const WorkerRuntimeOptions* options = nullptr;
  TaskId task;
  Executor* io = nullptr;
  StateMemory* state_memory = nullptr;
  SpillStoreFactory* spill = nullptr;
  MaterializationQueue* materializations = nullptr;
  std::function<void()> wake;
  std::string scratch_dir;  // Made and emptied by the caller.
};

// Builds and opens. Blocks while sources, sinks and state open: for the io executor. Errors name
// the operator or table.
absl::StatusOr<TaskParts> BuildTask(const TaskBlueprint& blueprint);

}  // namespace millrace
