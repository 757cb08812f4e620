// The tasks of one attempt of a job on this worker, and their checkpoints.
//
// Thread-safe. Held by shared_ptr: tasks and the io executor may still call it while it is being
// given up.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/log/log_scope.h"
#include "worker/checkpoint/epoch_writer.h"
#include "worker/task/task.h"
#include "worker/task/worker_runtime.h"

namespace millrace {

class JobAttempt final : public TaskListener, public std::enable_shared_from_this<JobAttempt> {
 public:
  struct Environment {
    const WorkerRuntimeOptions* options = nullptr;
    Executor* io = nullptr;
    StateMemory* state_memory = nullptr;
    SpillStoreFactory* spill = nullptr;
    MaterializationQueue* materializations = nullptr;
    // The executors of tasks; task i of a stage runs on core i modulo their number.
    std::vector<Executor*> cores;
    // Called once when every task has ended, with the attempt's folder removed.
    std::function<void(const AttemptId&)> on_ended;
  };

  JobAttempt(Deployment deployment, Environment environment);

  void Open();
  void Start();
  void Cancel();
  void TriggerCheckpoint(const Barrier& barrier);
  void AbortCheckpoint(Epoch epoch);
  void OnDurable(Epoch epoch, Term term);
  AttemptProgress progress() const;
  const std::string& checkpoint_dir() const { return deployment_.checkpoint_dir; }

  void OnTaskEvent(TaskId task, TaskEvent event, const absl::Status& status) override;
  void OnTaskSnapshot(Epoch epoch, TaskSnapshot snapshot, std::unique_ptr<FrozenState> frozen,
                      bool moved) override;

 private:
  void OnEpochWritten(Epoch epoch, absl::StatusOr<std::vector<TaskSnapshot>> tasks);
  LogFields TaskLogFields(TaskId task) const;
  std::string AttemptDir() const;
  std::string TaskDir(TaskId task) const;
  bool IsLocal(const TaskPlacement& placement) const;

  const Deployment deployment_;
  const AttemptId id_;
  const Environment environment_;
  const LogFields log_fields_;  // Of lines about the attempt and no task in particular.
  std::map<TaskId, std::shared_ptr<Task>> tasks_;  // Fixed after construction.
  std::unique_ptr<EpochWriter> epochs_;

  mutable absl::Mutex mutex_;
  size_t ended_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<Epoch, bool> moved_ ABSL_GUARDED_BY(mutex_);  // Of epochs that are under way.
};

}  // namespace millrace
