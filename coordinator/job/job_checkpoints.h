// Carries out what one job's CheckpointCore decides: commands to workers, manifests as files, the
// commit in the metadata store, garbage. The decisions are the core's alone.
//
// Lives on the decision thread. Blocking work goes through the job's JobIo; what comes back for an
// execution that is over is ignored by the core.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/checkpoint/checkpoint_core.h"
#include "coordinator/checkpoint/checkpoint_journal.h"
#include "coordinator/checkpoint/manifest_folder.h"
#include "coordinator/checkpoint/savepoint_restore.h"
#include "coordinator/job/job_environment.h"
#include "coordinator/job/job_io.h"
#include "coordinator/job/job_metrics.h"
#include "coordinator/job/job_record.h"
#include "coordinator/job/job_savepoints.h"
#include "coordinator/job/job_view.h"
#include "coordinator/job/worker_gateway.h"

namespace millrace {

// The job, as its checkpoints see it.
class CheckpointHost {
 public:
  virtual ~CheckpointHost() = default;
  // To every worker of the attempt.
  virtual void Broadcast(const WorkerCommand& command) = 0;
  virtual void OnFinalCheckpointFailed(const std::string& reason) = 0;
  // What is committed is not known: only a restart, which reads it, helps.
  virtual void OnCheckpointsBroken(const std::string& reason) = 0;
  virtual void OnFencedByStore(const absl::Status& status) = 0;
  // view() has changed.
  virtual void OnCheckpointNews() = 0;
};

// What the store knows when a coordinator takes the job over.
struct CheckpointHistory {
  CheckpointRecord record;
  Epoch reserved;
};

// Blocks.
absl::StatusOr<CheckpointHistory> LoadCheckpointHistory(MetadataStore& store,
                                                        const CheckpointCodec& codec,
                                                        const JobId& job);

class JobCheckpoints {
 public:
  struct Job {
    JobId id;
    std::string lineage;
    std::shared_ptr<const JobGraph> graph;
    RestoreRequest restore;
  };
  struct Restored {
    std::shared_ptr<const Manifest> manifest;  // Null: the job starts from nothing.
    std::string warning;                       // Not empty: newer checkpoints were passed over.
  };

  JobCheckpoints(const JobEnvironment& environment, Job job, CheckpointHistory history, JobIo& io,
                 JobMetrics& metrics, CheckpointHost& host);

  // Reads what the next attempt starts from, after everything asked for before is done. The first
  // time it takes over the savepoint that the job is to begin from: later it needs that no more.
  void LoadRestorePoint(std::function<void(absl::StatusOr<Restored>)> done);

  // All tasks of the attempt run. It started from what was loaded last.
  void Begin(const AttemptName& attempt, std::map<WorkerId, std::set<TaskId>> tasks);
  void End();

  void Tick();
  void RequestFinal();
  Epoch RequestOne() { return core_.RequestOne(); }  // Begun by a tick.
  // Makes one in a folder of `dir`, of a checkpoint behind everything read until now. Errors say
  // why there is none; the job goes on.
  void RequestSavepoint(const std::string& dir, JobSavepoints::Done done);
  // Of the last checkpoint. REQUIRES: the job has stopped in order, so that its output is all out.
  void SaveLast(const std::string& dir, JobSavepoints::Done done);
  void OnProgress() { core_.OnProgress(); }
  void OnAck(CheckpointAck ack);
  void OnDecline(const WorkerId& worker, Epoch epoch, const std::string& reason);

  // The job has ended and needs none any more. What the store knows of them stays, to be shown.
  void Discard();

  const CheckpointView& view() const { return view_; }
  std::string folder() const { return folder_->folder(); }

 private:
  struct LoadResult {
    CheckpointRecord record;
    RestorePoint point;
  };

  // How the manifest of a savepoint becomes the first of this job.
  struct Import {
    std::string uuid;
    int64_t now_unix_ms = 0;
  };

  void Carry(const CheckpointCore::Actions& actions);
  void CarryOne(const ReserveEpochs& action);
  void CarryOne(const TriggerEpoch& action);
  void CarryOne(const AbortEpoch& action);
  void CarryOne(const SendDurable& action);
  void CarryOne(const StoreManifest& action);
  void CarryOne(const CommitManifest& action);
  void CarryOne(const CollectGarbage& action);
  void CarryOne(const CheckpointCompleted& action);
  void CarryOne(const CheckpointFailed& action);
  void CarryOne(const FinalCheckpointCompleted& action);
  void CarryOne(const FinalCheckpointFailed& action);

  // On the job's io.
  absl::StatusOr<LoadResult> Load(const Import& import);
  absl::StatusOr<CheckpointRecord> TakeOver(const Import& import);
  void OnManifestStored(Epoch epoch, absl::StatusOr<StoredManifest> stored);
  void OnCommitted(Epoch epoch, const absl::Status& status, CheckpointRecord record);
  void ShowRecord();
  absl::Duration Now() const { return environment_.clock->Monotonic(); }

  const JobEnvironment& environment_;
  const Job job_;
  JobIo& io_;
  JobMetrics& metrics_;
  CheckpointHost& host_;
  CheckpointJournal journal_;                     // Used on the job's io only.
  const std::shared_ptr<ManifestFolder> folder_;  // Garbage collection shares it.
  CheckpointCore core_;
  JobSavepoints savepoints_;

  AttemptName attempt_;
  std::vector<RetainedManifest> retained_;  // What the next execution starts with.
  bool restored_ = false;
  CheckpointRecord record_;                  // As committed.
  int64_t state_bytes_ = 0;                  // Of the manifest stored last.
  std::shared_ptr<const Manifest> storing_;  // The same; kept while a savepoint is being made.
  absl::Duration triggered_at_;
  CheckpointView view_;
};

}  // namespace millrace
