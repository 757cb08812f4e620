// The life of one job. Pure: events and the current time in, actions out. Not thread-safe.
//
// The life cycle knows the job's tasks and what became of each in the current attempt; it decides
// the state, and asks its driver to deploy, start, cancel, to take the last checkpoint, to give
// slots back. News of older attempts is ignored.
//
// A worker that leaves is no failure: the attempt takes a last checkpoint, its tasks finish, and
// the job goes on elsewhere at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/plan/job_graph.h"
#include "coordinator/job/job_state.h"
#include "coordinator/job/restart_policy.h"

namespace millrace {

enum class TaskEventKind : uint8_t {
  kOpen = 1,
  kFinished = 2,
  kCancelled = 3,
  kFailed = 4,
  kInputEnded = 5,
};

struct TaskReport {
  Attempt attempt;
  TaskId task;
  TaskEventKind kind = TaskEventKind::kOpen;
  std::string error;       // kFailed
  bool retryable = false;  // kFailed
};

// What the driver is to do.
struct FindSlots {};      // Then OnSlots or OnNoSlots; again whenever the cluster changes.
struct DeployAttempt {};  // Restore point, tasks to workers; OnDeployFailed if it cannot.
struct StartAttempt {};   // All tasks are open: they may read.
struct CancelAttempt {};  // On all workers that have tasks of it.
struct TakeFinalCheckpoint {};
struct EndCheckpoints {};  // The attempt is over.
struct ReleaseSlots {};
struct StateChanged {};    // Store and publish state, message, attempt, restarts.
struct MessageChanged {};  // Publish only.

using JobAction =
    std::variant<FindSlots, DeployAttempt, StartAttempt, CancelAttempt, TakeFinalCheckpoint,
                 EndCheckpoints, ReleaseSlots, StateChanged, MessageChanged>;

struct LifecycleOptions {
  RestartOptions restart;
  absl::Duration open_timeout = absl::Minutes(2);  // For all tasks to open.
  absl::Duration cancel_timeout =
      absl::Seconds(5);  // For cancelled tasks to end; then the attempt counts as over.
};

// What survives the coordinator.
struct JobProgress {
  JobState state = JobState::kCreated;
  std::string message;
  Attempt attempt;  // 0: none yet.
  int32_t restarts = 0;
  bool stop_requested = false;
  friend bool operator==(const JobProgress&, const JobProgress&) = default;
};

class JobLifecycle {
 public:
  using Actions = std::vector<JobAction>;

  // A new job, or one that a coordinator before this one has left as `progress`.
  JobLifecycle(const JobGraph& graph, LifecycleOptions options, JobProgress progress = {});

  const JobProgress& progress() const { return progress_; }
  JobState state() const { return progress_.state; }

  // Begins, or goes on after a restart of the coordinator.
  Actions Begin();
  Actions OnSlots(std::map<TaskId, WorkerId> placement, absl::Duration now);
  Actions OnNoSlots(const std::string& reason);
  Actions OnDeployFailed(const std::string& error, bool retryable, absl::Duration now);
  Actions OnTask(const TaskReport& report, absl::Duration now);
  Actions OnWorkerLost(const WorkerId& worker, const std::string& reason, absl::Duration now);
  // The worker takes no new tasks and wants to end within `limit`.
  Actions OnWorkerLeaving(const WorkerId& worker, absl::Duration limit, absl::Duration now);
  Actions OnFinalCheckpointFailed(const std::string& reason, absl::Duration now);
  Actions OnCheckpointsBroken(const std::string& reason, absl::Duration now);
  Actions RequestStop(absl::Duration now);
  Actions RequestCancel(absl::Duration now);
  Actions Tick(absl::Duration now);

  // The worker of a task of the current attempt.
  const WorkerId* WorkerOf(const TaskId& task) const;
  // "window 1/2"
  std::string TaskName(const TaskId& task) const;

 private:
  enum class TaskPhase : uint8_t { kOpening, kOpen, kInputEnded, kEnded };
  struct TaskFact {
    WorkerId worker;
    TaskPhase phase = TaskPhase::kOpening;
  };

  void MoveTo(JobState state, std::string message, Actions& actions);
  Actions Fail(const std::string& cause, bool retryable, absl::Duration now,
               bool worker_lost = false);
  Actions OnHopelessCause(const std::string& cause, absl::Duration now);
  std::string GivenUp(const std::string& cause) const;
  Actions AfterTask(absl::Duration now);
  Actions Run(absl::Duration now);
  Actions Stop();
  Actions EndCancelling();
  Actions MoveAway(absl::Duration now);
  bool IsLeaving() const { return !leaving_.empty(); }
  bool AllTasks(TaskPhase phase, bool sources_only = false) const;

  struct StageFact {
    std::string name;
    int32_t parallelism = 0;
    bool is_source = false;
  };
  std::vector<StageFact> stages_;
  const LifecycleOptions options_;
  RestartPolicy restart_policy_;
  JobProgress progress_;
  bool has_ever_run_ = false;
  bool final_requested_ = false;
  std::string last_failure_;          // Since it ran last; empty: none.
  bool is_hopeless_ = false;          // The current attempt has failed for good reason.
  std::string moved_;                 // Why it does not run, if not for a failure: "worker a left".
  std::map<TaskId, TaskFact> tasks_;  // Of the current attempt.
  std::set<WorkerId> leaving_;        // Workers of the current attempt.
  bool final_is_for_move_ = false;    // The last checkpoint of the attempt, not of the job.
  absl::Duration move_at_;            // At the latest.
  absl::Duration deploying_since_;
  absl::Duration cancelling_since_;
  absl::Duration restart_at_;
};

}  // namespace millrace
