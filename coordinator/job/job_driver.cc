#include "coordinator/job/job_driver.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "coordinator/schedule/assignment.h"

namespace millrace {
namespace {

constexpr absl::Duration kStoreRetry = absl::Seconds(1);
constexpr absl::Duration kNumbersInterval = absl::Milliseconds(500);
// Long enough for the last numbers of a job to be collected, and for an alert on its end.
constexpr absl::Duration kMetricsAfterEnd = absl::Hours(1);

std::vector<WorkerSlots> SlotsOf(const WorkerRegistry& registry) {
  std::vector<WorkerSlots> slots;
  for (const auto& [id, worker] : registry.workers()) {
    if (worker.leaving) continue;
    slots.push_back({.worker = id,
                     .total = worker.registration.slots,
                     .free = worker.registration.slots - worker.used_slots()});
  }
  return slots;
}

// Whether reading the same checkpoint again may help: files come back, damage does not heal.
bool IsWorthAnotherTry(const absl::Status& status) {
  return !absl::IsDataLoss(status) && !absl::IsFailedPrecondition(status) &&
         !absl::IsInvalidArgument(status);
}

}  // namespace

JobDriver::JobDriver(const JobEnvironment& environment, JobOwner& owner, JobStart start)
    : environment_(environment),
      owner_(owner),
      record_(std::move(start.record)),
      io_(*environment.io, *environment.decisions),
      journal_(*environment.store, *environment.job_codec, record_.id, start.stored_version),
      metrics_(*environment.metrics, {.id = record_.id,
                                      .name = record_.name,
                                      .checkpoint_interval = absl::Milliseconds(
                                          record_.graph->options.checkpoint_interval_ms)}),
      lifecycle_(*record_.graph, environment.lifecycle, record_.progress),
      checkpoints_(environment,
                   {.id = record_.id,
                    .lineage = record_.lineage,
                    .graph = record_.graph,
                    .restore = record_.restore},
                   std::move(start.checkpoints), io_, metrics_, *this) {}

void JobDriver::Store() {
  io_.Run([this, record = record_] { return journal_.Put(record); },
          [this, needless = NeedsNoCheckpoints()](const absl::Status& status) {
            OnStored(status);
            // Not before the end is durable: else the job would go on, and miss them.
            if (status.ok() && needless) checkpoints_.Discard();
          });
}

// A job that was stopped with a savepoint has its last checkpoint there.
bool JobDriver::NeedsNoCheckpoints() const {
  const bool is_saved =
      record_.savepoint.epoch > Epoch(0) && record_.savepoint.epoch == checkpoints_.view().epoch;
  return LeavesNoCheckpoints(record_.progress.state) ||
         (record_.progress.state == JobState::kStopped && is_saved);
}

void JobDriver::OnStored(const absl::Status& status) {
  stored_ = status;
  store_again_at_.reset();
  if (status.ok()) return;
  if (absl::IsAborted(status)) return owner_.OnFenced(status);
  LOG_WARNING("cannot store a job's state, trying again",
              {{"job", id().value()}, {"error", status}});
  store_again_at_ = Now() + kStoreRetry;
}

void JobDriver::AfterStoring(std::function<void(const absl::Status&)> done) {
  io_.Run([] { return absl::OkStatus(); },
          [this, done = std::move(done)](const absl::Status&) { done(stored_); });
}

void JobDriver::Begin() {
  // A coordinator that was killed may not have come to it.
  if (NeedsNoCheckpoints()) checkpoints_.Discard();
  if (!HasEnded(state())) Carry(lifecycle_.Begin());
}

void JobDriver::Show() {
  ShowMetrics();
  Publish(JobBoard::News::kEvent);
}

// Those of a job that has ended go after a while: jobs come and go for as long as the process
// lives.
void JobDriver::ShowMetrics() {
  const bool runs = state() == JobState::kRunning || state() == JobState::kStopping;
  if (!runs) running_since_.reset();
  if (runs && !running_since_.has_value()) running_since_ = Now();
  if (HasEnded(state())) {
    const absl::Duration ended_ago =
        environment_.clock->Wall() - absl::FromUnixMillis(record_.changed_unix_ms);
    if (ended_ago > kMetricsAfterEnd) return;
    metrics_end_ = Now() + kMetricsAfterEnd - std::max(ended_ago, absl::ZeroDuration());
  }
  metrics_.OnState(state());
}

void JobDriver::TakeOverSavepoint(std::function<void()> done) {
  if (record_.restore.path.empty()) return done();
  checkpoints_.LoadRestorePoint(
      [done = std::move(done)](const absl::StatusOr<JobCheckpoints::Restored>&) { done(); });
}

void JobDriver::RequestStop() { Carry(lifecycle_.RequestStop(Now())); }

// Whether the folder can be had shows before the job is stopped for it.
void JobDriver::RequestStopWithSavepoint(const std::string& dir,
                                         std::function<void(const absl::Status&)> done) {
  io_.Run([&files = *environment_.files, dir] { return files.CreateDirectories(dir); },
          [this, dir, done = std::move(done)](const absl::Status& usable) {
            StopWithSavepoint(dir, usable, done);
          });
}

void JobDriver::StopWithSavepoint(const std::string& dir, const absl::Status& usable,
                                  const std::function<void(const absl::Status&)>& done) {
  if (!usable.ok()) {
    return done(absl::Status(usable.code(), absl::StrCat("the job was not stopped, there would be "
                                                         "no savepoint: ",
                                                         usable.message())));
  }
  const bool has_ended = HasEnded(state()) && !saving_;
  const bool is_under_way = lifecycle_.progress().stop_requested;
  const bool tasks_run = state() == JobState::kDeploying || state() == JobState::kRunning;
  if (!has_ended && !saving_ && !is_under_way && !tasks_run) {
    return done(absl::FailedPreconditionError(absl::StrCat(
        "no savepoint can be taken while ", id().value(), " is ", std::string(Name(state())),
        ": wait until it runs, or stop it as it is with --no-savepoint",
        lifecycle_.progress().message.empty() ? "" : "; ", lifecycle_.progress().message)));
  }
  if (!has_ended && !saving_) {
    record_.savepoint_dir = dir;
    record_.savepoint_error.clear();
    if (tasks_run) Carry(lifecycle_.RequestStop(Now()));
    Store();
  }
  AfterStoring(done);
}

void JobDriver::RequestSavepoint(const std::string& dir, JobSavepoints::Done done) {
  if (state() != JobState::kRunning) {
    return done(absl::FailedPreconditionError(
        absl::StrCat("no savepoint can be taken while ", id().value(), " is ",
                     std::string(Name(saving_ ? record_.progress.state : state())))));
  }
  checkpoints_.RequestSavepoint(dir,
                                [this, done = std::move(done)](absl::StatusOr<SavepointMade> made) {
                                  if (!made.ok()) return done(std::move(made));
                                  record_.savepoint = *made;
                                  Store();
                                  Publish(JobBoard::News::kEvent);
                                  AfterStoring([done, made](const absl::Status&) { done(made); });
                                });
}
void JobDriver::RequestCancel() { Carry(lifecycle_.RequestCancel(Now())); }

void JobDriver::OnClusterChanged() {
  if (state() == JobState::kScheduling) Carry({FindSlots{}});
}

void JobDriver::OnWorkerLost(const WorkerId& worker, const std::string& reason) {
  sessions_.erase(worker);
  Carry(lifecycle_.OnWorkerLost(worker, reason, Now()));
}

void JobDriver::OnWorkerLeaving(const WorkerId& worker, absl::Duration limit) {
  Carry(lifecycle_.OnWorkerLeaving(worker, limit, Now()));
}

void JobDriver::OnTask(const WorkerId& worker, const TaskReport& report) {
  const WorkerId* runs_on = lifecycle_.WorkerOf(report.task);
  if (runs_on == nullptr || *runs_on != worker) return;
  Carry(lifecycle_.OnTask(report, Now()));
}

void JobDriver::OnProgress(const WorkerId& worker, const TaskProgressReport& report) {
  const WorkerId* runs_on = lifecycle_.WorkerOf(report.task);
  if (report.attempt != lifecycle_.progress().attempt || runs_on == nullptr || *runs_on != worker) {
    return;
  }
  TaskProgressReport& last = progress_[report.task];
  const bool moved = last.records_in != report.records_in ||
                     last.records_out != report.records_out || last.watermark != report.watermark;
  if (last.slowest_split != report.slowest_split) numbers_changed_ = true;
  last = report;
  if (!moved) return;
  checkpoints_.OnProgress();
  numbers_changed_ = true;
}

void JobDriver::OnCheckpointAck(Attempt attempt, CheckpointAck ack) {
  if (attempt == lifecycle_.progress().attempt) checkpoints_.OnAck(std::move(ack));
}

void JobDriver::OnCheckpointDecline(const WorkerId& worker, Attempt attempt, Epoch epoch,
                                    const std::string& reason) {
  if (attempt == lifecycle_.progress().attempt) checkpoints_.OnDecline(worker, epoch, reason);
}

void JobDriver::Tick() {
  if (store_again_at_.has_value() && Now() >= *store_again_at_) {
    store_again_at_.reset();
    Store();
  }
  if (metrics_end_.has_value() && Now() >= *metrics_end_) {
    metrics_end_.reset();
    metrics_.Forget();
  }
  if (HasEnded(state())) return;
  if (running_since_.has_value()) metrics_.OnUptime(Now() - *running_since_);
  Carry(lifecycle_.Tick(Now()));
  checkpoints_.Tick();
  if (numbers_changed_ && Now() >= numbers_due_) Publish(JobBoard::News::kNumbers);
}

void JobDriver::Broadcast(const WorkerCommand& command) {
  for (const auto& [worker, session] : sessions_) environment_.gateway->Send(session, command);
}

void JobDriver::OnFinalCheckpointFailed(const std::string& reason) {
  Carry(lifecycle_.OnFinalCheckpointFailed(reason, Now()));
}

void JobDriver::OnCheckpointsBroken(const std::string& reason) {
  Carry(lifecycle_.OnCheckpointsBroken(reason, Now()));
}

// What an action brings about may itself be news for the life cycle: its actions wait for those
// before them.
void JobDriver::Carry(JobLifecycle::Actions actions) {
  actions_.insert(actions_.end(), actions.begin(), actions.end());
  if (carrying_) return;
  carrying_ = true;
  while (!actions_.empty()) {
    const JobAction action = std::move(actions_.front());
    actions_.pop_front();
    std::visit([this](const auto& each) { CarryOne(each); }, action);
  }
  carrying_ = false;
}

void JobDriver::CarryOne(const FindSlots&) {
  const absl::StatusOr<Assignment> assignment =
      Assign(*record_.graph, SlotsOf(*environment_.workers));
  if (!assignment.ok()) {
    return Carry(lifecycle_.OnNoSlots(std::string(assignment.status().message())));
  }
  placements_.clear();
  sessions_.clear();
  progress_.clear();
  for (const auto& [worker, slots] : assignment->SlotsByWorker()) {
    environment_.workers->Occupy(worker, id(), slots);
    sessions_[worker] = environment_.workers->Find(worker)->session;
  }
  owner_.OnSlotsTaken();
  std::map<TaskId, WorkerId> placement;
  for (const Stage& stage : record_.graph->stages) {
    for (int32_t index = 0; index < stage.parallelism; ++index) {
      const TaskId task{stage.id, index};
      const WorkerId& worker = assignment->WorkerOf(task);
      placement[task] = worker;
      placements_.push_back(
          {.task = task,
           .worker = worker,
           .exchange_address = environment_.workers->Find(worker)->registration.exchange_address});
    }
  }
  Carry(lifecycle_.OnSlots(std::move(placement), Now()));
}

void JobDriver::CarryOne(const DeployAttempt&) {
  const Attempt deploying = lifecycle_.progress().attempt;
  checkpoints_.LoadRestorePoint(
      [this, deploying](absl::StatusOr<JobCheckpoints::Restored> restored) {
        const bool is_current =
            state() == JobState::kDeploying && lifecycle_.progress().attempt == deploying;
        if (is_current) Deploy(std::move(restored));
      });
}

void JobDriver::Deploy(absl::StatusOr<JobCheckpoints::Restored> restored) {
  if (!restored.ok()) {
    return Carry(lifecycle_.OnDeployFailed(std::string(restored.status().message()),
                                           IsWorthAnotherTry(restored.status()), Now()));
  }
  if (!restored->warning.empty()) {
    LOG_ERROR("damaged checkpoints were passed over",
              {{"job", id().value()}, {"reason", restored->warning}});
  }
  LOG_INFO("deploying", {{"job", id().value()},
                         {"attempt", lifecycle_.progress().attempt.value()},
                         {"epoch", restored->manifest ? restored->manifest->epoch.value() : 0},
                         {"workers", sessions_.size()}});
  Broadcast(DeployCommand{.attempt = attempt(),
                          .graph = record_.graph,
                          .placements = placements_,
                          .checkpoint_folder = checkpoints_.folder(),
                          .restore = restored->manifest,
                          .lineage = record_.lineage});
}

void JobDriver::CarryOne(const StartAttempt&) {
  std::map<WorkerId, std::set<TaskId>> tasks;
  for (const PlacedTask& placed : placements_) tasks[placed.worker].insert(placed.task);
  checkpoints_.Begin(attempt(), std::move(tasks));
  Broadcast(StartCommand{attempt()});
}

void JobDriver::CarryOne(const CancelAttempt&) { Broadcast(CancelCommand{attempt()}); }

void JobDriver::CarryOne(const ReleaseSlots&) {
  environment_.workers->Release(id());
  owner_.OnSlotsFreed();
}

void JobDriver::CarryOne(const StateChanged&) {
  const JobProgress& progress = lifecycle_.progress();
  // Of two changes that one event has brought about, the last is the news.
  if (progress == record_.progress) return;
  if (progress.state == JobState::kStopped && !record_.savepoint_dir.empty()) {
    // In order: the last checkpoint is taken, and its output is out.
    if (record_.progress.state == JobState::kStopping) return SaveBeforeItIsStopped();
    record_.savepoint_error = "no savepoint was made: it was stopped while no task was running";
  }
  if (HasEnded(progress.state)) record_.savepoint_dir.clear();
  ShowChange();
}

// A coordinator that is killed meanwhile leaves a job that is still to stop: the next one runs it
// from its last checkpoint, and stops it with another savepoint.
void JobDriver::SaveBeforeItIsStopped() {
  saving_ = true;
  checkpoints_.SaveLast(record_.savepoint_dir, [this](absl::StatusOr<SavepointMade> made) {
    saving_ = false;
    record_.savepoint_dir.clear();
    if (made.ok()) {
      record_.savepoint = *std::move(made);
    } else {
      record_.savepoint_error = absl::StrCat(
          made.status().message(), "; the job's last checkpoint is in ", checkpoints_.folder());
      LOG_ERROR("a job was stopped without its savepoint",
                {{"job", id().value()}, {"reason", record_.savepoint_error}});
    }
    ShowChange();
  });
}

void JobDriver::ShowChange() {
  const JobProgress& progress = lifecycle_.progress();
  for (int32_t n = record_.progress.restarts; n < progress.restarts; ++n) metrics_.OnRestart();
  LOG_INFO("job state changed", {{"job", id().value()},
                                 {"state", std::string(Name(progress.state))},
                                 {"message", progress.message}});
  record_.progress = progress;
  record_.changed_unix_ms = absl::ToUnixMillis(environment_.clock->Wall());
  ShowMetrics();
  Store();
  Publish(JobBoard::News::kEvent);
}

void JobDriver::Publish(JobBoard::News news) {
  numbers_changed_ = false;
  numbers_due_ = Now() + kNumbersInterval;
  environment_.board->Publish(std::make_shared<const JobView>(MakeView()), news);
}

JobView JobDriver::MakeView() const {
  const JobProgress& progress = saving_ ? record_.progress : lifecycle_.progress();
  JobView view{.id = record_.id,
               .request_id = record_.request_id,
               .name = record_.name,
               .state = progress.state,
               .message = progress.message.empty() ? record_.savepoint_error : progress.message,
               .attempt = progress.attempt,
               .restarts = progress.restarts,
               .created_unix_ms = record_.created_unix_ms,
               .changed_unix_ms = record_.changed_unix_ms,
               .checkpoint = checkpoints_.view(),
               .savepoint = record_.savepoint,
               .restored_from = record_.restore.path};
  for (const Stage& stage : record_.graph->stages) {
    StageView shown{.id = stage.id, .name = stage.name};
    shown.tasks.resize(static_cast<size_t>(stage.parallelism));
    view.stages.push_back(std::move(shown));
  }
  for (const PlacedTask& placed : placements_) {
    view.stages[placed.task.stage.value()].tasks[placed.task.index].worker = placed.worker;
  }
  for (const auto& [task, report] : progress_) {
    TaskView& shown = view.stages[task.stage.value()].tasks[task.index];
    shown.records_in = report.records_in;
    shown.records_out = report.records_out;
    shown.watermark = report.watermark;
    shown.slowest_split = report.slowest_split;
  }
  return view;
}

AttemptName JobDriver::attempt() const {
  return {.term = environment_.store->term(),
          .job = record_.id,
          .attempt = lifecycle_.progress().attempt};
}

}  // namespace millrace
