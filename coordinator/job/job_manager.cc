#include "coordinator/job/job_manager.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "coordinator/checkpoint/savepoint_folder.h"

namespace millrace {
namespace {

// Behind this, the coordinator itself has slept, and silence says nothing about the workers.
constexpr absl::Duration kLateTick = absl::Seconds(1);

// How a job looks whose record cannot be read: nobody can run it, and nobody may overwrite it.
JobView DamagedView(const JobId& id, const absl::Status& status) {
  return {.id = id,
          .name = "?",
          .state = JobState::kFailed,
          .message = absl::StrCat("what the metadata store holds of this job cannot be read: ",
                                  status.message())};
}

absl::Status UnknownJob(const JobId& job) {
  return absl::NotFoundError(
      absl::StrCat("there is no job '", job.value(), "': `millrace job list` shows all"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<JobManager>> JobManager::Create(JobManagerOptions options) {
  std::unique_ptr<JobManager> manager(new JobManager(std::move(options)));
  RETURN_IF_ERROR(manager->Load());
  return manager;
}

JobManager::JobManager(JobManagerOptions options)
    : options_(std::move(options)),
      decisions_(*options_.decisions),
      workers_(options_.registry),
      random_(options_.seed),
      environment_{.decisions = &decisions_,
                   .io = options_.io,
                   .clock = options_.clock,
                   .store = options_.store,
                   .files = options_.files,
                   .job_codec = options_.job_codec,
                   .checkpoint_codec = options_.checkpoint_codec,
                   .gateway = options_.gateway,
                   .workers = &workers_,
                   .random = &random_,
                   .board = options_.board,
                   .metrics = options_.metrics,
                   .checkpoint_dir = options_.checkpoint_dir,
                   .checkpoints_retained = options_.checkpoints_retained,
                   .lifecycle = options_.lifecycle} {}

absl::Status JobManager::Load() {
  ASSIGN_OR_RETURN(std::vector<LoadedJob> loaded, LoadJobs(*options_.store, *options_.job_codec));
  std::vector<JobStart> starts;
  for (LoadedJob& job : loaded) {
    absl::StatusOr<CheckpointHistory> history =
        LoadCheckpointHistory(*options_.store, *options_.checkpoint_codec, job.id);
    absl::Status readable = job.record.status();
    readable.Update(history.status());
    if (!readable.ok() && !absl::IsDataLoss(readable)) return readable;
    if (!readable.ok()) {
      LOG_ERROR("a job cannot be read", {{"job", job.id.value()}, {"error", readable}});
      options_.board->Publish(std::make_shared<const JobView>(DamagedView(job.id, readable)),
                              JobBoard::News::kEvent);
      continue;
    }
    starts.push_back({.record = *std::move(job.record),
                      .stored_version = job.version,
                      .checkpoints = *std::move(history)});
  }
  std::stable_sort(starts.begin(), starts.end(), [](const JobStart& a, const JobStart& b) {
    return a.record.created_unix_ms < b.record.created_unix_ms;
  });
  for (JobStart& start : starts) Add(std::move(start)).Show();
  SweepSavepoints();
  return absl::OkStatus();
}

// Those that a coordinator was making when it was killed: nobody waits for them any more.
void JobManager::SweepSavepoints() {
  if (options_.savepoint_dir.empty()) return;
  std::set<JobId> ids;
  for (const auto& [id, job] : jobs_) ids.insert(id);
  const absl::Status swept =
      RemoveIncompleteSavepoints(*options_.files, options_.savepoint_dir, ids);
  if (swept.ok()) return;
  LOG_WARNING("cannot delete what was left of savepoints",
              {{"folder", options_.savepoint_dir}, {"error", swept}});
}

void JobManager::Begin(absl::AnyInvocable<void()> begun) {
  decisions_.Post([this, begun = std::move(begun)]() mutable {
    for (JobDriver* job : by_age_) job->Begin();
    last_tick_ = options_.clock->Monotonic();
    ShowCluster();
    Tick();
    begun();
  });
}

void JobManager::Submit(JobSubmission submission, Answer answer) {
  decisions_.Post([this, submission = std::move(submission), answer = std::move(answer)]() mutable {
    SubmitNow(std::move(submission), answer);
  });
}

void JobManager::SubmitNow(JobSubmission submission, const Answer& answer) {
  const auto known = by_request_.find(submission.request_id);
  if (known != by_request_.end()) return AnswerWhenStored(*jobs_.at(known->second), answer);
  if (fenced_) return answer(absl::UnavailableError("another coordinator has taken over"));
  const absl::Status valid = Validate(submission.graph);
  if (!valid.ok()) return answer(valid);

  JobRecord record{.id = NewJobId(),
                   .request_id = std::move(submission.request_id),
                   .name = std::move(submission.name),
                   .sql = std::move(submission.sql),
                   .settings = std::move(submission.settings),
                   .created_unix_ms = absl::ToUnixMillis(options_.clock->Wall()),
                   .lineage = absl::StrCat(absl::Hex(random_.Next(), absl::kZeroPad16)),
                   .restore = std::move(submission.restore)};
  // One name everywhere: workers know the plan's only.
  if (record.name.empty()) record.name = submission.graph.name;
  submission.graph.name = record.name;
  record.changed_unix_ms = record.created_unix_ms;
  record.graph = std::make_shared<const JobGraph>(std::move(submission.graph));
  JobDriver& driver = Add({.record = std::move(record)});
  driver.Store();
  driver.AfterStoring([this, &driver, answer](const absl::Status& status) {
    OnFirstStored(driver, status, answer);
  });
}

void JobManager::OnFirstStored(JobDriver& driver, const absl::Status& status,
                               const Answer& answer) {
  if (!status.ok()) {
    answer(absl::UnavailableError(
        absl::StrCat("the job could not be stored, submit it again: ", status.message())));
    std::erase_if(by_request_, [&](const auto& entry) { return entry.second == driver.id(); });
    std::erase(by_age_, &driver);
    const auto found = jobs_.find(driver.id());
    discarded_.push_back(std::move(found->second));
    jobs_.erase(found);
    return;
  }
  // Once a restored job is answered for, it needs its savepoint no more.
  driver.TakeOverSavepoint([this, &driver, answer] {
    driver.Begin();
    answer(options_.board->Find(driver.id()));
  });
}

void JobManager::RequestStop(const JobId& job, Answer answer) {
  decisions_.Post(
      [this, job, answer = std::move(answer)] { Request(job, &JobDriver::RequestStop, answer); });
}

void JobManager::RequestCancel(const JobId& job, Answer answer) {
  decisions_.Post(
      [this, job, answer = std::move(answer)] { Request(job, &JobDriver::RequestCancel, answer); });
}

void JobManager::RequestStopWithSavepoint(const JobId& job, const std::string& dir, Answer answer) {
  decisions_.Post([this, job, dir, answer = std::move(answer)] {
    const absl::StatusOr<JobDriver*> driver = FindAsked(job);
    if (!driver.ok()) return answer(driver.status());
    (*driver)->RequestStopWithSavepoint(dir, [this, job, answer](const absl::Status& status) {
      if (!status.ok()) return answer(status);
      answer(options_.board->Find(job));
    });
  });
}

void JobManager::RequestSavepoint(const JobId& job, const std::string& dir,
                                  JobSavepoints::Done answer) {
  decisions_.Post([this, job, dir, answer = std::move(answer)] {
    const absl::StatusOr<JobDriver*> driver = FindAsked(job);
    if (!driver.ok()) return answer(driver.status());
    (*driver)->RequestSavepoint(dir, answer);
  });
}

void JobManager::RequestCheckpoint(const JobId& job, std::function<void(Epoch)> answer) {
  decisions_.Post([this, job, answer = std::move(answer)] {
    JobDriver* driver = Find(job);
    answer(driver == nullptr ? Epoch(0) : driver->RequestCheckpoint());
  });
}

void JobManager::Request(const JobId& job, void (JobDriver::*what)(), const Answer& answer) {
  const absl::StatusOr<JobDriver*> driver = FindAsked(job);
  if (!driver.ok()) return answer(driver.status());
  (*driver->*what)();
  AnswerWhenStored(**driver, answer);
}

absl::StatusOr<JobDriver*> JobManager::FindAsked(const JobId& job) {
  if (JobDriver* driver = Find(job); driver != nullptr) return driver;
  const JobViewPtr view = options_.board->Find(job);
  if (view == nullptr) return UnknownJob(job);
  return absl::FailedPreconditionError(view->message);
}

void JobManager::AnswerWhenStored(JobDriver& driver, const Answer& answer) {
  driver.AfterStoring([this, id = driver.id(), answer](const absl::Status& status) {
    if (!status.ok()) {
      return answer(absl::UnavailableError(
          absl::StrCat("the job's state could not be stored, try again: ", status.message())));
    }
    answer(options_.board->Find(id));
  });
}

void JobManager::OnRegister(SessionId session, WorkerRegistration registration,
                            std::function<void(const absl::Status&)> answer) {
  decisions_.Post([this, session, registration = std::move(registration),
                   answer = std::move(answer)] { RegisterNow(session, registration, answer); });
}

void JobManager::RegisterNow(SessionId session, const WorkerRegistration& registration,
                             const std::function<void(const absl::Status&)>& answer) {
  const auto replaced = workers_.Register(session, registration, options_.clock->Monotonic());
  if (!replaced.ok()) {
    LOG_WARNING("a worker was refused",
                {{"worker", registration.worker.value()}, {"reason", replaced.status()}});
    return answer(replaced.status());
  }
  if (replaced->has_value()) OnLoss(**replaced);
  LOG_INFO("worker registered", {{"worker", registration.worker.value()},
                                 {"slots", registration.slots},
                                 {"exchange", registration.exchange_address},
                                 {"version", registration.version}});
  answer(absl::OkStatus());
  ScheduleWaiting();
}

void JobManager::OnDisconnected(SessionId session, const std::string& reason) {
  decisions_.Post([this, session, reason] {
    const std::optional<WorkerLoss> loss =
        workers_.Disconnected(session, reason, options_.clock->Monotonic());
    if (loss.has_value()) OnLoss(*loss);
  });
}

void JobManager::OnLeave(SessionId session, absl::Duration limit) {
  decisions_.Post([this, session, limit] { LeaveNow(session, limit); });
}

void JobManager::LeaveNow(SessionId session, absl::Duration limit) {
  const WorkerId* found = workers_.Leave(session);
  if (found == nullptr) return;
  const WorkerId worker = *found;
  LOG_INFO("worker leaves", {{"worker", worker.value()},
                             {"slots_used", workers_.Find(worker)->used_slots()},
                             {"limit", absl::FormatDuration(limit)}});
  for (JobDriver* job : by_age_) job->OnWorkerLeaving(worker, limit);
  DismissLeavers();
  ShowCluster();
}

// A job's slots are given back when all its tasks have ended, or do not end in time.
void JobManager::DismissLeavers() {
  for (const WorkerDeparture& departure : workers_.TakeDepartures()) {
    LOG_INFO("worker left", {{"worker", departure.worker.value()}});
    options_.gateway->Send(departure.session, DismissCommand{});
  }
}

void JobManager::OnLoss(const WorkerLoss& loss) {
  LOG_WARNING("worker lost", {{"worker", loss.worker.value()}, {"reason", loss.reason}});
  options_.gateway->Close(loss.session, loss.reason);
  for (JobDriver* job : by_age_) job->OnWorkerLost(loss.worker, loss.reason);
  ShowCluster();
}

void JobManager::OnHeartbeat(SessionId session, std::vector<TaskProgressReport> tasks) {
  decisions_.Post([this, session, tasks = std::move(tasks)] {
    const WorkerId* worker = workers_.FindSession(session);
    if (worker == nullptr) return;
    workers_.Heard(session, options_.clock->Monotonic());
    for (const TaskProgressReport& task : tasks) {
      if (JobDriver* job = Find(task.job)) job->OnProgress(*worker, task);
    }
  });
}

void JobManager::FromWorker(SessionId session, const JobId& job,
                            std::function<void(const WorkerId&, JobDriver&)> handle) {
  decisions_.Post([this, session, job, handle = std::move(handle)] {
    const WorkerId* found = workers_.FindSession(session);
    if (found == nullptr) return;
    const WorkerId worker = *found;
    workers_.Heard(session, options_.clock->Monotonic());
    if (JobDriver* driver = Find(job)) handle(worker, *driver);
  });
}

void JobManager::OnTask(SessionId session, const JobId& job, TaskReport report) {
  FromWorker(session, job, [report = std::move(report)](const WorkerId& worker, JobDriver& driver) {
    driver.OnTask(worker, report);
  });
}

void JobManager::OnCheckpointAck(SessionId session, const JobId& job, Attempt attempt,
                                 CheckpointAck ack) {
  FromWorker(session, job,
             [attempt, ack = std::move(ack)](const WorkerId& worker, JobDriver& driver) mutable {
               ack.worker = worker;
               driver.OnCheckpointAck(attempt, std::move(ack));
             });
}

void JobManager::OnCheckpointDecline(SessionId session, const JobId& job, Attempt attempt,
                                     Epoch epoch, const std::string& reason) {
  FromWorker(session, job, [=](const WorkerId& worker, JobDriver& driver) {
    driver.OnCheckpointDecline(worker, attempt, epoch, reason);
  });
}

// Posted, not run: whoever frees slots is in the middle of something.
void JobManager::OnSlotsFreed() {
  if (std::exchange(scheduling_posted_, true)) return;
  decisions_.Post([this] { ScheduleWaiting(); });
}

void JobManager::OnFenced(const absl::Status& status) {
  if (std::exchange(fenced_, true)) return;
  LOG_ERROR("another coordinator has taken over", {{"error", status}});
  if (options_.on_fenced) options_.on_fenced(status);
}

void JobManager::ScheduleWaiting() {
  scheduling_posted_ = false;
  DismissLeavers();
  for (JobDriver* job : by_age_) job->OnClusterChanged();
  ShowCluster();
}

void JobManager::Tick() {
  const absl::Duration now = options_.clock->Monotonic();
  if (now - last_tick_ > kLateTick) {
    for (const auto& [id, worker] : workers_.workers()) workers_.Heard(worker.session, now);
  }
  last_tick_ = now;
  for (const WorkerLoss& loss : workers_.Tick(now)) OnLoss(loss);
  for (JobDriver* job : by_age_) job->Tick();
  if (workers_.missing(now) != shown_missing_) ShowCluster();  // One was forgotten.
  if (!fenced_) {
    decisions_.PostAfter(options_.tick, [this] { Tick(); });
  }
}

void JobManager::ShowCluster() {
  int32_t slots = 0;
  int32_t used = 0;
  for (const auto& [id, worker] : workers_.workers()) {
    // What a leaving worker has free is for nobody.
    slots += worker.leaving ? worker.used_slots() : worker.registration.slots;
    used += worker.used_slots();
  }
  shown_missing_ = workers_.missing(options_.clock->Monotonic());
  MetricScope& metrics = *options_.metrics;
  metrics.GetGauge("millrace_cluster_workers")->Set(static_cast<double>(workers_.workers().size()));
  metrics.GetGauge("millrace_cluster_workers_lost")->Set(shown_missing_);
  metrics.GetGauge("millrace_cluster_slots", {{"state", "used"}})->Set(used);
  metrics.GetGauge("millrace_cluster_slots", {{"state", "free"}})->Set(slots - used);
}

JobDriver& JobManager::Add(JobStart start) {
  const JobId id = start.record.id;
  if (!start.record.request_id.empty()) by_request_[start.record.request_id] = id;
  JobOwner& owner = *this;
  auto driver = std::make_unique<JobDriver>(environment_, owner, std::move(start));
  by_age_.push_back(driver.get());
  return *(jobs_[id] = std::move(driver));
}

JobDriver* JobManager::Find(const JobId& job) {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : found->second.get();
}

JobId JobManager::NewJobId() {
  while (true) {
    const auto number = static_cast<uint32_t>(random_.Next());
    JobId id(absl::StrCat("job-", absl::Hex(number, absl::kZeroPad8)));
    if (options_.board->Find(id) == nullptr && Find(id) == nullptr) return id;
  }
}

}  // namespace millrace
