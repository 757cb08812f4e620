#include "coordinator/job/job_lifecycle.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/check.h"

namespace millrace {
namespace {

// "worker a", "workers a, b"
std::string Names(const std::set<WorkerId>& workers) {
  return absl::StrCat(workers.size() == 1 ? "worker " : "workers ",
                      absl::StrJoin(workers, ", ", [](std::string* out, const WorkerId& worker) {
                        absl::StrAppend(out, worker.value());
                      }));
}

// "restart 3 in 200ms"
std::string RestartText(int32_t restarts, absl::Duration backoff) {
  return absl::StrCat("restart ", restarts,
                      backoff > absl::ZeroDuration()
                          ? absl::StrCat(" in ", absl::FormatDuration(backoff))
                          : " at once");
}

}  // namespace

JobLifecycle::JobLifecycle(const JobGraph& graph, LifecycleOptions options, JobProgress progress)
    : options_(options), restart_policy_(options.restart), progress_(std::move(progress)) {
  for (const Stage& stage : graph.stages) {
    const bool is_source = std::none_of(graph.edges.begin(), graph.edges.end(),
                                        [&](const Edge& edge) { return edge.to == stage.id; });
    stages_.push_back(
        {.name = stage.name, .parallelism = stage.parallelism, .is_source = is_source});
  }
  // A job that was restarted or is older than this coordinator has shown that it can run.
  has_ever_run_ = progress_.attempt.value() > 1 || progress_.state == JobState::kRunning ||
                  progress_.state == JobState::kStopping;
}

JobLifecycle::Actions JobLifecycle::Begin() {
  Actions actions;
  if (progress_.state == JobState::kCreated) {
    MoveTo(JobState::kScheduling, "", actions);
    actions.push_back(FindSlots{});
    return actions;
  }
  const JobState state = StateAfterCoordinatorLoss(progress_.state);
  if (state != progress_.state) {
    progress_.state = state;
    progress_.message = state == JobState::kScheduling ? "the coordinator was restarted" : "";
    actions.push_back(StateChanged{});
  }
  if (state == JobState::kScheduling) actions.push_back(FindSlots{});
  return actions;
}

JobLifecycle::Actions JobLifecycle::OnSlots(std::map<TaskId, WorkerId> placement,
                                            absl::Duration now) {
  if (state() != JobState::kScheduling) return {};
  progress_.attempt = Attempt(progress_.attempt.value() + 1);
  tasks_.clear();
  for (auto& [task, worker] : placement) tasks_[task] = {.worker = std::move(worker)};
  deploying_since_ = now;
  final_requested_ = false;
  final_is_for_move_ = false;
  leaving_.clear();
  Actions actions;
  // Opening may take as long as a broker that does not answer: the reason stays in sight meanwhile.
  MoveTo(JobState::kDeploying,
         last_failure_.empty() ? moved_ : absl::StrCat("trying again after: ", last_failure_),
         actions);
  actions.push_back(DeployAttempt{});
  return actions;
}

JobLifecycle::Actions JobLifecycle::OnNoSlots(const std::string& reason) {
  if (state() != JobState::kScheduling) return {};
  const std::string& cause = last_failure_.empty() ? moved_ : last_failure_;
  std::string message = absl::StrCat("waits for slots: ", reason, cause.empty() ? "" : "; ", cause);
  if (progress_.message == message) return {};
  progress_.message = std::move(message);
  return {MessageChanged{}};
}

JobLifecycle::Actions JobLifecycle::OnDeployFailed(const std::string& error, bool retryable,
                                                   absl::Duration now) {
  if (state() != JobState::kDeploying) return {};
  // Nothing was sent to any worker.
  for (auto& [id, task] : tasks_) task.phase = TaskPhase::kEnded;
  return Fail(absl::StrCat("cannot deploy: ", error), retryable, now);
}

JobLifecycle::Actions JobLifecycle::OnTask(const TaskReport& report, absl::Duration now) {
  const auto found = tasks_.find(report.task);
  if (report.attempt != progress_.attempt || found == tasks_.end()) return {};
  TaskFact& task = found->second;
  if (task.phase == TaskPhase::kEnded) return {};
  switch (report.kind) {
    case TaskEventKind::kOpen:
      if (task.phase == TaskPhase::kOpening) task.phase = TaskPhase::kOpen;
      break;
    case TaskEventKind::kInputEnded:
      task.phase = TaskPhase::kInputEnded;
      // No barrier has stopped any source: the last checkpoint is that of the job.
      if (AllTasks(TaskPhase::kInputEnded, /*sources_only=*/true)) final_is_for_move_ = false;
      break;
    case TaskEventKind::kFinished:
      task.phase = TaskPhase::kEnded;
      break;
    case TaskEventKind::kCancelled:
    case TaskEventKind::kFailed: {
      task.phase = TaskPhase::kEnded;
      const bool failed = report.kind == TaskEventKind::kFailed;
      const bool retryable = !failed || report.retryable;
      const std::string cause =
          absl::StrCat("task ", TaskName(report.task), " on worker ", task.worker.value(), ": ",
                       failed ? report.error : "cancelled by its worker");
      const bool is_news = state() == JobState::kDeploying || state() == JobState::kRunning ||
                           state() == JobState::kStopping;
      if (is_news) return Fail(cause, retryable, now);
      if (state() == JobState::kRestarting && !retryable) return OnHopelessCause(cause, now);
      break;
    }
  }
  return AfterTask(now);
}

JobLifecycle::Actions JobLifecycle::OnWorkerLost(const WorkerId& worker, const std::string& reason,
                                                 absl::Duration now) {
  bool lost_any = false;
  for (auto& [id, task] : tasks_) {
    if (task.worker != worker || task.phase == TaskPhase::kEnded) continue;
    task.phase = TaskPhase::kEnded;
    lost_any = true;
  }
  if (!lost_any || HasEnded(state())) return {};
  if (state() == JobState::kCancelling || state() == JobState::kRestarting) return AfterTask(now);
  return Fail(absl::StrCat("worker ", worker.value(), " was lost: ", reason), true, now,
              /*worker_lost=*/true);
}

JobLifecycle::Actions JobLifecycle::OnWorkerLeaving(const WorkerId& worker, absl::Duration limit,
                                                    absl::Duration now) {
  const bool runs_there = std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    return entry.second.worker == worker && entry.second.phase != TaskPhase::kEnded;
  });
  const bool may_have_read = state() == JobState::kRunning || state() == JobState::kStopping;
  if (!runs_there || (!may_have_read && state() != JobState::kDeploying)) return {};
  move_at_ = IsLeaving() ? std::min(move_at_, now + limit) : now + limit;
  leaving_.insert(worker);
  if (!may_have_read) return MoveAway(now);
  Actions actions;
  if (state() == JobState::kRunning) {
    progress_.message = absl::StrCat(Names(leaving_), " leaving: a last checkpoint comes first");
    actions.push_back(MessageChanged{});
  }
  // One checkpoint serves all that leave, and one that ends the job serves them as well.
  if (final_requested_) return actions;
  final_requested_ = true;
  final_is_for_move_ = true;
  actions.push_back(TakeFinalCheckpoint{});
  return actions;
}

JobLifecycle::Actions JobLifecycle::OnFinalCheckpointFailed(const std::string& reason,
                                                            absl::Duration now) {
  if (state() != JobState::kRunning && state() != JobState::kStopping) return {};
  if (state() == JobState::kRunning && final_is_for_move_) return MoveAway(now);
  return Fail(absl::StrCat("the last checkpoint failed: ", reason), true, now);
}

JobLifecycle::Actions JobLifecycle::OnCheckpointsBroken(const std::string& reason,
                                                        absl::Duration now) {
  if (state() != JobState::kRunning && state() != JobState::kStopping) return {};
  return Fail(reason, true, now);
}

JobLifecycle::Actions JobLifecycle::RequestStop(absl::Duration now) {
  Actions actions;
  switch (state()) {
    case JobState::kCreated:
    case JobState::kScheduling:
    case JobState::kRestarting:
      // Nothing reads: the last checkpoint that is there is the last one.
      progress_.stop_requested = true;
      actions.push_back(ReleaseSlots{});
      MoveTo(JobState::kStopped,
             absl::StrCat("stopped while no task was running",
                          last_failure_.empty() ? "" : absl::StrCat(", after: ", last_failure_)),
             actions);
      return actions;
    case JobState::kDeploying:
      if (progress_.stop_requested) return {};
      progress_.stop_requested = true;
      return {StateChanged{}};
    case JobState::kRunning:
      progress_.stop_requested = true;
      return Stop();
    case JobState::kStopping:
    case JobState::kCancelling:
    case JobState::kFinished:
    case JobState::kStopped:
    case JobState::kCancelled:
    case JobState::kFailed:
      return {};
  }
  CHECK(false);
}

JobLifecycle::Actions JobLifecycle::RequestCancel(absl::Duration now) {
  Actions actions;
  switch (state()) {
    case JobState::kCreated:
    case JobState::kScheduling:
      MoveTo(JobState::kCancelled, "", actions);
      return actions;
    case JobState::kDeploying:
    case JobState::kRunning:
    case JobState::kStopping:
    case JobState::kRestarting: {
      cancelling_since_ = now;
      MoveTo(JobState::kCancelling, "", actions);
      actions.push_back(EndCheckpoints{});
      actions.push_back(CancelAttempt{});
      const Actions rest = AfterTask(now);
      actions.insert(actions.end(), rest.begin(), rest.end());
      return actions;
    }
    case JobState::kCancelling:
    case JobState::kFinished:
    case JobState::kStopped:
    case JobState::kCancelled:
    case JobState::kFailed:
      return {};
  }
  CHECK(false);
}

JobLifecycle::Actions JobLifecycle::Tick(absl::Duration now) {
  const bool waited_enough = now - cancelling_since_ > options_.cancel_timeout;
  if (state() == JobState::kCancelling && waited_enough) return EndCancelling();
  if (state() == JobState::kRestarting) {
    const bool is_over = AllTasks(TaskPhase::kEnded) || waited_enough;
    if (!is_over || now < restart_at_) return {};
    tasks_.clear();  // Those that have not ended in time concern nobody any more.
    Actions actions = {ReleaseSlots{}};
    MoveTo(JobState::kScheduling, progress_.message, actions);
    actions.push_back(FindSlots{});
    return actions;
  }
  const bool reads = state() == JobState::kRunning || state() == JobState::kStopping;
  if (reads && IsLeaving() && now >= move_at_) return MoveAway(now);
  if (state() == JobState::kDeploying && now - deploying_since_ > options_.open_timeout) {
    for (const auto& [id, task] : tasks_) {
      if (task.phase != TaskPhase::kOpening) continue;
      return Fail(absl::StrCat("task ", TaskName(id), " on worker ", task.worker.value(),
                               ": not open after ", absl::FormatDuration(options_.open_timeout)),
                  true, now);
    }
  }
  return {};
}

const WorkerId* JobLifecycle::WorkerOf(const TaskId& task) const {
  const auto found = tasks_.find(task);
  return found == tasks_.end() ? nullptr : &found->second.worker;
}

std::string JobLifecycle::TaskName(const TaskId& task) const {
  const size_t stage = static_cast<size_t>(task.stage.value());
  if (stage >= stages_.size()) return absl::StrCat(task.stage.value(), "/", task.index);
  return absl::StrCat("'", stages_[stage].name, "' ", task.index + 1, "/",
                      stages_[stage].parallelism);
}

void JobLifecycle::MoveTo(JobState state, std::string message, Actions& actions) {
  CHECK(IsLegal(progress_.state, state));
  progress_.state = state;
  progress_.message = std::move(message);
  actions.push_back(StateChanged{});
}

JobLifecycle::Actions JobLifecycle::Fail(const std::string& cause, bool retryable,
                                         absl::Duration now, bool worker_lost) {
  const std::optional<absl::Duration> backoff =
      restart_policy_.OnFailure({.retryable = retryable,
                                 .worker_lost = worker_lost,
                                 .has_ever_run = has_ever_run_,
                                 .restarts = progress_.restarts},
                                now);
  Actions actions = {EndCheckpoints{}, CancelAttempt{}};
  if (!backoff.has_value()) {
    actions.push_back(ReleaseSlots{});
    MoveTo(JobState::kFailed, GivenUp(cause), actions);
    return actions;
  }
  if (progress_.stop_requested && state() == JobState::kDeploying) {
    // Nothing of this attempt has run: the last checkpoint that is there is the last one.
    actions.push_back(ReleaseSlots{});
    MoveTo(JobState::kStopped, absl::StrCat("stopped, it could not be started: ", cause), actions);
    return actions;
  }
  last_failure_ = cause;
  is_hopeless_ = !retryable;
  moved_.clear();
  ++progress_.restarts;
  cancelling_since_ = now;
  restart_at_ = now + *backoff;
  MoveTo(JobState::kRestarting,
         absl::StrCat(cause, "; ", RestartText(progress_.restarts, *backoff)), actions);
  return actions;
}

// The failure that was told first may be a consequence of this one: the task at the other end of a
// channel that has gone is often the faster. What counts, and what a person must see, is the cause.
JobLifecycle::Actions JobLifecycle::OnHopelessCause(const std::string& cause, absl::Duration now) {
  if (is_hopeless_ || last_failure_.empty()) return AfterTask(now);
  is_hopeless_ = true;
  Actions actions;
  if (!restart_policy_.OnHopeless(has_ever_run_, now)) {
    --progress_.restarts;  // The one that was to come.
    actions.push_back(ReleaseSlots{});
    MoveTo(JobState::kFailed, GivenUp(cause), actions);
    return actions;
  }
  last_failure_ = cause;
  progress_.message =
      absl::StrCat(cause, "; ", RestartText(progress_.restarts, restart_at_ - cancelling_since_));
  actions.push_back(StateChanged{});
  const Actions rest = AfterTask(now);
  actions.insert(actions.end(), rest.begin(), rest.end());
  return actions;
}

std::string JobLifecycle::GivenUp(const std::string& cause) const {
  return progress_.restarts == 0
             ? cause
             : absl::StrCat(cause, " (after ", progress_.restarts, " restarts)");
}

// What the tasks have come to, all taken together.
JobLifecycle::Actions JobLifecycle::AfterTask(absl::Duration now) {
  switch (state()) {
    case JobState::kDeploying:
      return AllTasks(TaskPhase::kOpen) ? Run(now) : Actions{};
    case JobState::kRunning:
    case JobState::kStopping: {
      if (AllTasks(TaskPhase::kEnded)) {
        const bool stopped = state() == JobState::kStopping;
        if (!stopped && final_is_for_move_) return MoveAway(now);
        Actions actions = {EndCheckpoints{}, ReleaseSlots{}};
        MoveTo(stopped ? JobState::kStopped : JobState::kFinished, "", actions);
        return actions;
      }
      if (!final_requested_ && AllTasks(TaskPhase::kInputEnded, /*sources_only=*/true)) {
        final_requested_ = true;
        return {TakeFinalCheckpoint{}};
      }
      return {};
    }
    case JobState::kCancelling:
      return AllTasks(TaskPhase::kEnded) ? EndCancelling() : Actions{};
    case JobState::kRestarting:
      return Tick(now);
    case JobState::kCreated:
    case JobState::kScheduling:
    case JobState::kFinished:
    case JobState::kStopped:
    case JobState::kCancelled:
    case JobState::kFailed:
      return {};
  }
  CHECK(false);
}

JobLifecycle::Actions JobLifecycle::Run(absl::Duration now) {
  has_ever_run_ = true;
  restart_policy_.OnRunning(now);
  last_failure_.clear();
  moved_.clear();
  Actions actions;
  MoveTo(JobState::kRunning, "", actions);
  actions.push_back(StartAttempt{});
  if (progress_.stop_requested) {
    const Actions stop = Stop();
    actions.insert(actions.end(), stop.begin(), stop.end());
  }
  return actions;
}

JobLifecycle::Actions JobLifecycle::Stop() {
  Actions actions;
  MoveTo(JobState::kStopping, "", actions);
  if (!final_requested_) actions.push_back(TakeFinalCheckpoint{});
  final_requested_ = true;
  return actions;
}

JobLifecycle::Actions JobLifecycle::EndCancelling() {
  Actions actions = {ReleaseSlots{}};
  MoveTo(JobState::kCancelled, "", actions);
  return actions;
}

// Ends the attempt because workers of it leave; the next one begins as soon as the tasks have
// ended.
JobLifecycle::Actions JobLifecycle::MoveAway(absl::Duration now) {
  moved_ = absl::StrCat(Names(leaving_), " left");
  leaving_.clear();
  cancelling_since_ = now;
  restart_at_ = now;
  Actions actions = {EndCheckpoints{}};
  if (!AllTasks(TaskPhase::kEnded)) actions.push_back(CancelAttempt{});
  MoveTo(JobState::kRestarting, moved_, actions);
  const Actions rest = AfterTask(now);
  actions.insert(actions.end(), rest.begin(), rest.end());
  return actions;
}

// Whether every task has come at least as far as `phase`.
bool JobLifecycle::AllTasks(TaskPhase phase, bool sources_only) const {
  return std::all_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    if (sources_only && !stages_[static_cast<size_t>(entry.first.stage.value())].is_source) {
      return true;
    }
    return entry.second.phase >= phase;
  });
}

}  // namespace millrace
