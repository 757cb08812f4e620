// Makes savepoints of one job: carries out what its SavepointCore decides, and makes that of a job
// that stops.
//
// Lives on the decision thread. Blocking work goes through the job's JobIo, in order with its
// commits: so the files of a checkpoint are linked before another commit can let them go.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/manifest_ref.h"
#include "coordinator/checkpoint/manifest_folder.h"
#include "coordinator/checkpoint/savepoint_core.h"
#include "coordinator/job/job_environment.h"
#include "coordinator/job/job_io.h"
#include "coordinator/job/job_view.h"

namespace millrace {

class JobSavepoints {
 public:
  using Done = std::function<void(absl::StatusOr<SavepointMade>)>;

  struct Parts {
    JobId job;
    std::shared_ptr<ManifestFolder> checkpoints;
    SavepointOptions options;
    std::function<void()> ask_for_checkpoint;
  };

  JobSavepoints(const JobEnvironment& environment, JobIo& io, Parts parts)
      : environment_(environment), io_(io), parts_(std::move(parts)), core_(parts_.options) {}

  // Whether one is under way.
  bool active() const { return !core_.idle(); }

  // Of the first checkpoint of epoch `wanted` or later, in a folder of `dir`. REQUIRES: !active().
  void Request(Epoch wanted, std::string dir, Done done);
  void OnCommitted(std::shared_ptr<const Manifest> manifest);
  void OnCheckpointFailed(Epoch epoch, const std::string& reason) {
    Carry(core_.OnCheckpointFailed(epoch, reason));
  }
  void OnExecutionOver() { Carry(core_.OnExecutionOver()); }
  void Tick() { Carry(core_.Tick(Now())); }

  // Of `latest`, in a folder of `dir`. REQUIRES: it is the last checkpoint, and all of its output
  // is published.
  void SaveLast(const ManifestRef& latest, const std::string& dir, Done done);

 private:
  void Carry(const SavepointCore::Actions& actions);
  void CarryOne(const AskForCheckpoint&) { parts_.ask_for_checkpoint(); }
  void CarryOne(const LinkSavepoint& action);
  void CarryOne(const WriteSavepoint& action);
  void CarryOne(const DropSavepoint& action);
  void CarryOne(const SavepointOver& action);
  absl::Duration Now() const { return environment_.clock->Monotonic(); }

  const JobEnvironment& environment_;
  JobIo& io_;
  const Parts parts_;
  SavepointCore core_;
  std::string dir_;
  Done done_;
  std::shared_ptr<const Manifest> savepoint_;  // Of what is linked.
};

}  // namespace millrace
