// Runs one job: carries out what its JobLifecycle decides and hands on what its checkpoints decide.
// Nothing is decided here.
//
// Lives on the decision thread; blocking work goes through the job's JobIo. REQUIRES: the decision
// thread is closed and the io executor destroyed before the driver is.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/job/job_checkpoints.h"
#include "coordinator/job/job_environment.h"
#include "coordinator/job/job_io.h"
#include "coordinator/job/job_journal.h"
#include "coordinator/job/job_lifecycle.h"
#include "coordinator/job/job_metrics.h"
#include "coordinator/job/job_record.h"
#include "coordinator/job/job_view.h"

namespace millrace {

// What a coordinator finds of a job, or begins it with.
struct JobStart {
  JobRecord record;
  int64_t stored_version = MetadataStore::kAbsent;  // Of the record.
  CheckpointHistory checkpoints;
};

class JobDriver final : private CheckpointHost {
 public:
  JobDriver(const JobEnvironment& environment, JobOwner& owner, JobStart start);

  const JobId& id() const { return record_.id; }
  JobState state() const { return lifecycle_.state(); }

  // Writes the record; then, with everything asked for before, `done` learns whether the job is
  // stored as it is now.
  void Store();
  void AfterStoring(std::function<void(const absl::Status&)> done);

  // Runs it, from the beginning or from where a coordinator before this one has left it, unless it
  // had ended there.
  void Begin();
  // Shows it as it is, without running it.
  void Show();

  void RequestStop();
  // With a savepoint in a folder of `dir`. kFailedPrecondition if no task runs. `done` comes when
  // the request is durable.
  void RequestStopWithSavepoint(const std::string& dir,
                                std::function<void(const absl::Status&)> done);
  // `done` comes when the savepoint is complete; its loss is shown, it harms nobody.
  void RequestSavepoint(const std::string& dir, JobSavepoints::Done done);
  // Takes over the savepoint that the job begins from; errors come back, and are shown, when it is
  // deployed.
  void TakeOverSavepoint(std::function<void()> done);
  void RequestCancel();
  // See CheckpointCore.
  Epoch RequestCheckpoint() { return checkpoints_.RequestOne(); }

  void OnClusterChanged();
  void OnWorkerLost(const WorkerId& worker, const std::string& reason);
  void OnWorkerLeaving(const WorkerId& worker, absl::Duration limit);
  void OnTask(const WorkerId& worker, const TaskReport& report);
  void OnProgress(const WorkerId& worker, const TaskProgressReport& report);
  void OnCheckpointAck(Attempt attempt, CheckpointAck ack);
  void OnCheckpointDecline(const WorkerId& worker, Attempt attempt, Epoch epoch,
                           const std::string& reason);
  void Tick();

 private:
  // CheckpointHost
  void Broadcast(const WorkerCommand& command) override;
  void OnFinalCheckpointFailed(const std::string& reason) override;
  void OnCheckpointsBroken(const std::string& reason) override;
  void OnFencedByStore(const absl::Status& status) override { owner_.OnFenced(status); }
  void OnCheckpointNews() override { Publish(JobBoard::News::kEvent); }

  void Carry(JobLifecycle::Actions actions);
  void CarryOne(const FindSlots&);
  void CarryOne(const DeployAttempt&);
  void CarryOne(const StartAttempt&);
  void CarryOne(const CancelAttempt&);
  void CarryOne(const TakeFinalCheckpoint&) { checkpoints_.RequestFinal(); }
  void CarryOne(const EndCheckpoints&) { checkpoints_.End(); }
  void CarryOne(const ReleaseSlots&);
  void CarryOne(const StateChanged&);
  void CarryOne(const MessageChanged&) { Publish(JobBoard::News::kEvent); }

  void Deploy(absl::StatusOr<JobCheckpoints::Restored> restored);
  void StopWithSavepoint(const std::string& dir, const absl::Status& usable,
                         const std::function<void(const absl::Status&)>& done);
  void SaveBeforeItIsStopped();
  void ShowChange();
  void OnStored(const absl::Status& status);
  bool NeedsNoCheckpoints() const;
  void ShowMetrics();
  void Publish(JobBoard::News news);
  JobView MakeView() const;
  AttemptName attempt() const;
  absl::Duration Now() const { return environment_.clock->Monotonic(); }

  const JobEnvironment& environment_;
  JobOwner& owner_;
  JobRecord record_;
  JobIo io_;
  JobJournal journal_;  // Used on the job's io only.
  JobMetrics metrics_;
  JobLifecycle lifecycle_;
  JobCheckpoints checkpoints_;

  std::deque<JobAction> actions_;
  bool carrying_ = false;
  bool saving_ = false;  // All tasks have ended, the job is STOPPED once its savepoint is complete.

  // Of the current attempt.
  std::vector<PlacedTask> placements_;
  std::map<WorkerId, SessionId> sessions_;
  std::map<TaskId, TaskProgressReport> progress_;

  absl::Status stored_;  // What came of the last write of the record.
  std::optional<absl::Duration> store_again_at_;
  bool numbers_changed_ = false;
  absl::Duration numbers_due_;
  std::optional<absl::Duration> running_since_;
  std::optional<absl::Duration> metrics_end_;  // Of a job that has ended.
};

}  // namespace millrace
