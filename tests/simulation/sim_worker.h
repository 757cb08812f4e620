// A worker process of the simulation, from its start to its crash. Runs the tasks of attempts,
// gathers their snapshots, talks to the coordinator.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/fabric.h"
#include "tests/simulation/messages.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/session.h"
#include "tests/simulation/sim_task.h"

namespace millrace::simulation {

class SimWorker : public std::enable_shared_from_this<SimWorker> {
 public:
  SimWorker(Schedule& schedule, Fabric& fabric, const JobShape& shape, WorkerId id)
      : schedule_(schedule), fabric_(fabric), shape_(shape), id_(std::move(id)), pool_(3000) {}

  // A session was opened; it replaces none.
  void OnSession(std::shared_ptr<Session> session);
  bool has_session() const { return session_ != nullptr; }
  // SIGTERM: `end` is called once the coordinator has let it go, or is not there.
  void Leave(absl::Duration limit, std::function<void()> end);
  const std::shared_ptr<Session>& session() const { return session_; }
  const WorkerId& id() const { return id_; }

 private:
  struct Slot {
    std::unique_ptr<SimTask> task;  // Null once it has ended.
    bool scheduled = false;
  };
  struct RunningAttempt {
    Deploy deploy;
    bool open = false;
    bool running = false;
    std::map<TaskId, Slot> slots;
    std::map<Epoch, std::vector<TaskSnapshot>> snapshots;
  };

  void OnMessage(const ToWorker& message);
  void OnSessionLost();
  void Beat();
  void Open(Attempt attempt);
  std::unique_ptr<SimTask> MakeTask(RunningAttempt& attempt, TaskId task);
  void Wake(Attempt attempt, TaskId task);
  void RunTask(Attempt attempt, TaskId task);
  void Report(Attempt attempt, TaskId task, TaskEventKind kind, const std::string& error = "");
  void EndTask(Attempt attempt, TaskId task, TaskEventKind kind, const std::string& error = "");
  void OnSnapshot(Attempt attempt, Epoch epoch, TaskSnapshot snapshot);
  void CancelAttempt(Attempt attempt);
  void Send(ToCoordinator message);
  void Later(absl::Duration most, std::function<void(SimWorker&)> act);
  // Applies `act` to every living task of `attempt`; one that fails ends.
  void ForEachTask(Attempt attempt, const std::function<absl::Status(SimTask&)>& act);

  Schedule& schedule_;
  Fabric& fabric_;
  const JobShape shape_;
  const WorkerId id_;
  FloatingPool pool_;
  std::shared_ptr<Session> session_;
  std::function<void()> end_;  // Set: it leaves.
  std::map<Attempt, RunningAttempt> attempts_;
};

}  // namespace millrace::simulation
