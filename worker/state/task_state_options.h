// What the keyed state of a task is given: who it is, where its files go, what it shares.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/base/executor.h"
#include "common/base/ids.h"
#include "common/io/file_system.h"
#include "common/metrics/metrics.h"
#include "common/plan/key_groups.h"
#include "worker/state/materialization_queue.h"
#include "worker/state/spill_store.h"
#include "worker/state/state_memory.h"

namespace millrace {

// What is pointed to outlives the task and everything that it froze.
struct TaskStateOptions {
  TaskId task;
  KeyGroupRange key_groups;
  int32_t max_parallelism = 1024;
  int32_t materialize_every = 40;  // Epochs with changes between two materialisations.
  // State up to this size is written as a whole now and then instead of being materialised: a small
  // job never opens a database.
  int64_t small_table_bytes = 4 << 20;
  WorkerId worker;  // With term and attempt: who writes the files.
  Term term;
  Attempt attempt;
  std::string checkpoint_dir;  // The job's folder.
  std::string local_dir;       // Of this task attempt alone; need not exist.
  FileSystem* files = nullptr;
  Executor* io = nullptr;
  std::function<void()> wake;  // Runs the task again. Thread-safe.
  MetricScope* metrics = nullptr;
  StateMemory* memory = nullptr;
  SpillStoreFactory* spill = nullptr;
  MaterializationQueue* materializations = nullptr;  // Of all tasks of the worker.
};

}  // namespace millrace
