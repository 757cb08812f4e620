// All jobs of a cluster, and the workers that run them: takes what users ask for and what workers
// report to the decision thread, and gives it to the job it concerns.
//
// Thread-safe; no call blocks but Create. Answers come on the decision thread and must not block.
// To end: Close, wait for its answer, destroy the io executor, then the one of decisions, then
// this.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/random.h"
#include "coordinator/job/job_driver.h"
#include "coordinator/job/job_environment.h"

namespace millrace {

struct JobManagerOptions {
  Executor* decisions = nullptr;  // Keeps the order of posting.
  Executor* io = nullptr;
  const Clock* clock = nullptr;
  MetadataStore* store = nullptr;
  FileSystem* files = nullptr;
  const JobCodec* job_codec = nullptr;
  const CheckpointCodec* checkpoint_codec = nullptr;
  WorkerGateway* gateway = nullptr;
  MetricScope* metrics = nullptr;
  JobBoard* board = nullptr;
  RegistryOptions registry;
  std::string checkpoint_dir;  // Absolute, as is the next one.
  std::string savepoint_dir;   // What dead coordinators have left half made there goes.
  int32_t checkpoints_retained = 2;
  LifecycleOptions lifecycle;
  absl::Duration tick = absl::Milliseconds(50);
  uint64_t seed = 0;  // For the ids of jobs and files.
  // Another coordinator has the store: this one must end. Called once.
  std::function<void(const absl::Status&)> on_fenced;
};

struct JobSubmission {
  std::string request_id;  // Empty: the submission stands for itself.
  std::string name;        // Empty: the plan's.
  std::string sql;
  std::map<std::string, std::string> settings;
  JobGraph graph;
  RestoreRequest restore;
};

class JobManager final : private JobOwner {
 public:
  // Reads all jobs. Blocks. Errors are those of the store; a job that cannot be read is shown as
  // FAILED and left as it is.
  static absl::StatusOr<std::unique_ptr<JobManager>> Create(JobManagerOptions options);

  // Lets the jobs that have not ended go on. From `begun` on the board shows what they do now, not
  // what a coordinator before this one has left.
  void Begin(absl::AnyInvocable<void()> begun);
  // After `done` nothing is decided any more.
  void Close(absl::AnyInvocable<void()> done) { decisions_.Close(std::move(done)); }

  // For users. The answer comes when what was asked for is durable.
  using Answer = std::function<void(absl::StatusOr<JobViewPtr>)>;
  // The same request_id gives the same job, whatever else the submission says. kInvalidArgument
  // for a plan that is not valid.
  void Submit(JobSubmission submission, Answer answer);
  // kNotFound for an unknown id. A job that has ended stays as it is.
  void RequestStop(const JobId& job, Answer answer);
  // With a savepoint in a folder of `dir`; kFailedPrecondition if no task runs.
  void RequestStopWithSavepoint(const JobId& job, const std::string& dir, Answer answer);
  void RequestCancel(const JobId& job, Answer answer);
  // Answers when the savepoint is complete, or says why there is none. The job goes on.
  void RequestSavepoint(const JobId& job, const std::string& dir, JobSavepoints::Done answer);
  // A checkpoint behind everything that was read until now. The answer is its epoch: the request is
  // met once that one, or a later one, is committed. 0: the job does not run.
  void RequestCheckpoint(const JobId& job, std::function<void(Epoch)> answer);

  // From a worker's session, in its order.
  void OnRegister(SessionId session, WorkerRegistration registration,
                  std::function<void(const absl::Status&)> answer);
  void OnDisconnected(SessionId session, const std::string& reason);
  // The worker wants to end within `limit`; it is dismissed once no job needs it.
  void OnLeave(SessionId session, absl::Duration limit);
  void OnHeartbeat(SessionId session, std::vector<TaskProgressReport> tasks);
  void OnTask(SessionId session, const JobId& job, TaskReport report);
  void OnCheckpointAck(SessionId session, const JobId& job, Attempt attempt, CheckpointAck ack);
  void OnCheckpointDecline(SessionId session, const JobId& job, Attempt attempt, Epoch epoch,
                           const std::string& reason);

 private:
  explicit JobManager(JobManagerOptions options);

  // JobOwner
  void OnSlotsTaken() override { ShowCluster(); }
  void OnSlotsFreed() override;
  void OnFenced(const absl::Status& status) override;

  absl::Status Load();
  void SweepSavepoints();
  void SubmitNow(JobSubmission submission, const Answer& answer);
  void OnFirstStored(JobDriver& driver, const absl::Status& status, const Answer& answer);
  void Request(const JobId& job, void (JobDriver::*what)(), const Answer& answer);
  // The job, or why there is none to ask.
  absl::StatusOr<JobDriver*> FindAsked(const JobId& job);
  void RegisterNow(SessionId session, const WorkerRegistration& registration,
                   const std::function<void(const absl::Status&)>& answer);
  void OnLoss(const WorkerLoss& loss);
  void LeaveNow(SessionId session, absl::Duration limit);
  void DismissLeavers();
  // Runs `handle(worker, driver)` if the session is a worker's and the job is known.
  void FromWorker(SessionId session, const JobId& job,
                  std::function<void(const WorkerId&, JobDriver&)> handle);
  void ScheduleWaiting();
  void Tick();
  void ShowCluster();
  JobDriver& Add(JobStart start);
  JobDriver* Find(const JobId& job);
  JobId NewJobId();
  void AnswerWhenStored(JobDriver& driver, const Answer& answer);

  const JobManagerOptions options_;
  DecisionThread decisions_;
  // Touched on the decision thread only, after Create.
  WorkerRegistry workers_;
  Random random_;
  JobEnvironment environment_;
  std::map<JobId, std::unique_ptr<JobDriver>> jobs_;
  std::vector<JobDriver*> by_age_;  // Oldest first: who waited longest is served first.
  std::map<std::string, JobId> by_request_;
  std::vector<std::unique_ptr<JobDriver>> discarded_;  // Never stored; their io may still run.
  absl::Duration last_tick_;
  int32_t shown_missing_ = 0;
  bool scheduling_posted_ = false;
  bool fenced_ = false;
};

}  // namespace millrace
