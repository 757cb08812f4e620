// A coordinator process of the simulation, from its start to its crash: the real cores of cluster,
// job and checkpoint, with the actions carried out in virtual time. What it must not forget is in
// the SimStore.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/checkpoint/checkpoint_core.h"
#include "coordinator/cluster/worker_registry.h"
#include "coordinator/job/job_lifecycle.h"
#include "tests/simulation/messages.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/session.h"

namespace millrace::simulation {

// Durable: survives every crash.
struct SimStore {
  int64_t term = 0;
  JobProgress progress;
  Epoch reserved;
  std::vector<ManifestRef> retained;          // The commit point.
  std::map<std::string, Manifest> manifests;  // Files.
  int64_t commits = 0;
};

class SimCoordinator : public std::enable_shared_from_this<SimCoordinator> {
 public:
  SimCoordinator(Schedule& schedule, SimStore& store, const JobShape& shape);

  void Begin();
  // A worker has connected and registers at once.
  void OnSession(const std::shared_ptr<Session>& session, const WorkerId& worker);
  void RequestStop() { Do(lifecycle_.RequestStop(schedule_.now())); }
  JobState state() const { return lifecycle_.state(); }
  const std::string& message() const { return lifecycle_.progress().message; }

  // Ends every session: the process is gone.
  void Kill();

  int slots_per_worker = 2;

 private:
  void Tick();
  void OnMessage(SessionId session, const ToCoordinator& message);
  void OnLoss(const std::optional<WorkerLoss>& loss);
  void DismissLeavers();
  void Do(const JobLifecycle::Actions& actions);
  void Do(const JobAction& action);
  void Do(const CheckpointCore::Actions& actions);
  void Do(const CheckpointAction& action);
  void FindSlotsNow();
  void DeployNow();
  void StartNow();
  void Store(const StoreManifest& store);
  void Commit(const CommitManifest& commit);
  void CheckCut(const Manifest& manifest) const;
  void SendToJob(const ToWorker& message);
  void Later(absl::Duration most, std::function<void(SimCoordinator&)> act);
  std::map<WorkerId, std::set<TaskId>> TasksByWorker() const;

  Schedule& schedule_;
  SimStore& store_;
  const JobShape shape_;
  const JobGraph graph_;
  const Term term_;
  WorkerRegistry registry_;
  JobLifecycle lifecycle_;
  CheckpointCore checkpoints_;
  std::map<WorkerId, std::shared_ptr<Session>> sessions_;
  std::map<TaskId, WorkerId> placement_;
  bool restored_ = false;
};

// The graph that JobShape describes.
JobGraph GraphOf(const JobShape& shape);

}  // namespace millrace::simulation
