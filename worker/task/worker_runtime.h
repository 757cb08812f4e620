// Everything a worker process runs: the attempts of jobs, their tasks, and the cores they share.
//
// The server (worker/server) carries messages between this and the coordinator; nothing here knows
// the wire.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/checkpoint/manifest.h"
#include "common/io/file_system.h"
#include "common/metrics/metrics.h"
#include "common/plan/job_graph.h"
#include "worker/contract/channel.h"
#include "worker/state/materialization_queue.h"
#include "worker/state/spill_store.h"
#include "worker/state/state_memory.h"
#include "worker/task/task.h"

namespace millrace {

class JobAttempt;

struct TaskPlacement {
  TaskId task;
  WorkerId worker;
  std::string exchange_address;
};

// The tasks of one attempt that this worker is to run.
struct Deployment {
  Term term;
  JobId job;
  Attempt attempt;
  JobGraph graph;
  std::vector<TaskPlacement> placements;  // Of all tasks of the job.
  std::string checkpoint_dir;             // The job's folder.
  std::string lineage;                    // Of the job's checkpoints.
  std::optional<Manifest> restore;
};

// What tells an attempt from every other.
struct AttemptId {
  JobId job;
  Attempt attempt;
  friend auto operator<=>(const AttemptId&, const AttemptId&) = default;
};

// What a worker reports. Thread-safe; must not block.
class WorkerListener {
 public:
  virtual ~WorkerListener() = default;
  virtual void OnTaskEvent(const AttemptId& attempt, TaskId task, TaskEvent event,
                           const absl::Status& status) = 0;
  // All tasks of this worker have taken and written their part of the checkpoint.
  virtual void OnCheckpointAck(const AttemptId& attempt, Epoch epoch,
                               std::vector<TaskSnapshot> tasks, bool moved) = 0;
  virtual void OnCheckpointDecline(const AttemptId& attempt, Epoch epoch,
                                   const absl::Status& reason) = 0;
};

struct WorkerRuntimeOptions {
  std::string cluster_id;
  WorkerId worker;
  int cores = 1;                   // Executors that run tasks.
  int io_threads = 4;              // For what may block.
  // Local state, and nothing else: attempts make and remove folders in it. Emptied at the start,
  // for a process that was killed leaves its attempts' folders, and nobody reads those again.
  std::string state_dir;
  int64_t state_memory_bytes = 0;  // For the keyed state of all tasks. 0: no limit.
  bool print_to_stdout = false;    // `print` and `collect` write to stdout instead of the log.
  std::function<void(std::string_view)> collected;  // Takes what `collect` writes; empty: as above.
  FileSystem* files = nullptr;
  const Clock* clock = nullptr;
  MetricScope* metrics = nullptr;
  Exchange* exchange = nullptr;
  WorkerListener* listener = nullptr;
};

struct AttemptProgress {
  AttemptId attempt;
  std::vector<TaskProgress> tasks;
};

// What a worker uses of the machine, beyond what its tasks count themselves.
struct RuntimeUsage {
  int64_t state_bytes = 0;        // Keyed state in RAM.
  int64_t state_cache_bytes = 0;  // What the spill stores cache of the rest.
  std::string checkpoint_dir;     // Of the job that was deployed last; empty before the first.
};

// Thread-safe. Commands for attempts that it does not have are ignored: they crossed a
// cancellation.
class WorkerRuntime {
 public:
  explicit WorkerRuntime(WorkerRuntimeOptions options);
  ~WorkerRuntime();

  // Begins to open the tasks; what comes of each is told to the listener.
  void Deploy(Deployment deployment);
  void Start(const AttemptId& attempt);
  void Cancel(const AttemptId& attempt);
  void TriggerCheckpoint(const AttemptId& attempt, Barrier barrier);
  void AbortCheckpoint(const AttemptId& attempt, Epoch epoch);
  void OnDurable(const AttemptId& attempt, Epoch epoch, Term term);

  // The coordinator is gone, or a new one wants a clean start: cancels everything.
  void CancelAll();

  std::vector<AttemptProgress> progress() const;
  RuntimeUsage usage() const;

 private:
  std::shared_ptr<JobAttempt> Find(const AttemptId& attempt) const;

  const WorkerRuntimeOptions options_;
  StateMemory state_memory_;
  const std::unique_ptr<SpillStoreFactory> spill_;
  MaterializationQueue materializations_;
  // Work on the io executor wakes tasks: the cores go after it.
  std::vector<std::unique_ptr<Executor>> cores_;
  std::unique_ptr<Executor> io_;
  mutable absl::Mutex mutex_;
  std::map<AttemptId, std::shared_ptr<JobAttempt>> attempts_ ABSL_GUARDED_BY(mutex_);
  std::string checkpoint_dir_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
