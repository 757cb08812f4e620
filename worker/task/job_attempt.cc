#include "worker/task/job_attempt.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "worker/task/task_builder.h"

namespace millrace {

JobAttempt::JobAttempt(Deployment deployment, Environment environment)
    : deployment_(std::move(deployment)),
      id_{deployment_.job, deployment_.attempt},
      environment_(std::move(environment)),
      log_fields_(std::make_shared<const std::vector<LogField>>(
          std::vector<LogField>{{"job", id_.job.value()}, {"attempt", id_.attempt.value()}})) {
  for (const TaskPlacement& placement : deployment_.placements) {
    if (!IsLocal(placement)) continue;
    const size_t core = static_cast<size_t>(placement.task.index) % environment_.cores.size();
    tasks_[placement.task] =
        std::make_shared<Task>(TaskEnvironment{.id = placement.task,
                                               .executor = environment_.cores[core],
                                               .io = environment_.io,
                                               .clock = environment_.options->clock,
                                               .listener = this,
                                               .log_fields = TaskLogFields(placement.task)});
  }
}

void JobAttempt::Open() {
  std::vector<TaskId> local;
  for (const auto& [id, task] : tasks_) local.push_back(id);
  epochs_ = std::make_unique<EpochWriter>(EpochWriter::Options{
      .files = environment_.options->files,
      .io = environment_.io,
      .checkpoint_dir = deployment_.checkpoint_dir,
      .worker = environment_.options->worker,
      .term = deployment_.term,
      .attempt = deployment_.attempt,
      .tasks = std::move(local),
      .done = [weak = weak_from_this()](Epoch epoch,
                                        absl::StatusOr<std::vector<TaskSnapshot>> tasks) {
        if (const std::shared_ptr<JobAttempt> self = weak.lock()) {
          self->OnEpochWritten(epoch, std::move(tasks));
        }
      }});
  for (const auto& [id, task] : tasks_) {
    // The task keeps the attempt alive until it has ended.
    task->Open([self = shared_from_this(), id = id,
                weak = std::weak_ptr<Task>(task)]() -> absl::StatusOr<TaskParts> {
      const std::string dir = self->TaskDir(id);
      FileSystem& files = *self->environment_.options->files;
      RETURN_IF_ERROR(files.RemoveTree(dir));
      RETURN_IF_ERROR(files.CreateDirectories(dir));
      return BuildTask({.deployment = &self->deployment_,
                        .options = self->environment_.options,
                        .task = id,
                        .io = self->environment_.io,
                        .state_memory = self->environment_.state_memory,
                        .spill = self->environment_.spill,
                        .materializations = self->environment_.materializations,
                        .wake =
                            [weak] {
                              if (const std::shared_ptr<Task> alive = weak.lock()) alive->Wake();
                            },
                        .scratch_dir = dir});
    });
  }
}

void JobAttempt::Start() {
  for (const auto& [id, task] : tasks_) task->Start();
}

void JobAttempt::Cancel() {
  for (const auto& [id, task] : tasks_) task->Cancel();
}

void JobAttempt::TriggerCheckpoint(const Barrier& barrier) {
  FAILPOINT("worker.on_trigger");
  for (const auto& [id, task] : tasks_) task->TriggerCheckpoint(barrier);
}

void JobAttempt::AbortCheckpoint(Epoch epoch) {
  for (const auto& [id, task] : tasks_) task->AbortCheckpoint(epoch);
  epochs_->Abort(epoch);
  absl::MutexLock lock(&mutex_);
  moved_.erase(moved_.begin(), moved_.upper_bound(epoch));
}

void JobAttempt::OnDurable(Epoch epoch, Term term) {
  FAILPOINT("worker.on_durable");
  for (const auto& [id, task] : tasks_) task->OnDurable(epoch, term);
}

AttemptProgress JobAttempt::progress() const {
  AttemptProgress progress{.attempt = id_};
  for (const auto& [id, task] : tasks_) progress.tasks.push_back(task->progress());
  return progress;
}

void JobAttempt::OnTaskEvent(TaskId task, TaskEvent event, const absl::Status& status) {
  const bool ended = event == TaskEvent::kFinished || event == TaskEvent::kCancelled ||
                     event == TaskEvent::kFailed;
  if (event == TaskEvent::kFailed) {
    const LogScope log_scope(TaskLogFields(task));
    LOG_WARNING("task failed", {{"error", status}});
  }
  environment_.options->listener->OnTaskEvent(id_, task, event, status);
  if (!ended) return;
  {
    absl::MutexLock lock(&mutex_);
    if (++ended_ < tasks_.size()) return;
  }
  const LogScope log_scope(log_fields_);
  const absl::Status removed = environment_.options->files->RemoveTree(AttemptDir());
  if (!removed.ok())
    LOG_WARNING("cannot remove the local state of an attempt", {{"error", removed}});
  const std::shared_ptr<JobAttempt> self =
      shared_from_this();  // on_ended drops the last other reference.
  environment_.on_ended(id_);
}

void JobAttempt::OnTaskSnapshot(Epoch epoch, TaskSnapshot snapshot,
                                std::unique_ptr<FrozenState> frozen, bool moved) {
  {
    absl::MutexLock lock(&mutex_);
    moved_[epoch] = moved_[epoch] || moved;
  }
  epochs_->Add(epoch, std::move(snapshot), std::move(frozen));
}

void JobAttempt::OnEpochWritten(Epoch epoch, absl::StatusOr<std::vector<TaskSnapshot>> tasks) {
  const LogScope log_scope(log_fields_);
  bool moved = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = moved_.find(epoch);
    moved = found != moved_.end() && found->second;
    moved_.erase(moved_.begin(), moved_.upper_bound(epoch));
  }
  if (tasks.ok()) {
    FAILPOINT("worker.before_ack");
    environment_.options->listener->OnCheckpointAck(id_, epoch, std::move(*tasks), moved);
    FAILPOINT("worker.after_ack");
  } else {
    environment_.options->listener->OnCheckpointDecline(id_, epoch, tasks.status());
  }
}

LogFields JobAttempt::TaskLogFields(TaskId task) const {
  std::vector<LogField> fields = *log_fields_;
  fields.emplace_back("task", absl::StrCat(task.stage.value(), "/", task.index));
  return std::make_shared<const std::vector<LogField>>(std::move(fields));
}

std::string JobAttempt::AttemptDir() const {
  return absl::StrCat(environment_.options->state_dir, "/", id_.job.value(), "-",
                      id_.attempt.value());
}

std::string JobAttempt::TaskDir(TaskId task) const {
  return absl::StrCat(AttemptDir(), "/", task.stage.value(), "-", task.index);
}

bool JobAttempt::IsLocal(const TaskPlacement& placement) const {
  return placement.worker == environment_.options->worker;
}

}  // namespace millrace
