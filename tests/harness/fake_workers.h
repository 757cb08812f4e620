// Workers without processes: they answer a JobManager's commands as real ones would, when the test
// lets them, and keep a log of what they were told ("a: deploy 1", "b: trigger 3 final").
// Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/job/job_manager.h"
#include "coordinator/job/worker_gateway.h"

namespace millrace {

class FakeWorkers final : public WorkerGateway {
 public:
  // What workers do by themselves; a test that switches one off does it by hand, or never.
  struct Habits {
    bool open = true;    // Deployed tasks open.
    bool ack = true;     // Triggered checkpoints are acknowledged.
    bool cancel = true;  // Cancelled tasks end.
    bool finish = true;  // Tasks finish once their final checkpoint is durable.
    bool moved = true;   // Records keep coming.
  };

  Habits habits;
  // The last epoch whose output is out, if the job stages any; then task 1/0 has a segment of each
  // end of what is not.
  std::optional<Epoch> published;

  void Attach(JobManager& manager) { manager_ = &manager; }

  void Connect(const std::string& name, int32_t slots) {
    const SessionId session(++last_session_);
    workers_[name] = {.session = session, .slots = slots};
    names_[session] = name;
    manager_->OnRegister(
        session,
        {.cluster_id = "test",
         .protocol = 1,
         .worker = WorkerId(name),
         .instance = absl::StrCat(name, "-", last_session_),
         .exchange_address = name + ":7073",
         .slots = slots},
        [this, name](const absl::Status& status) {
          log_.push_back(absl::StrCat(
              name, status.ok() ? ": registered" : absl::StrCat(": refused, ", status.message())));
        });
  }
  void Disconnect(const std::string& name) {
    const SessionId session = workers_.at(name).session;
    Forget(session);
    manager_->OnDisconnected(session, "its connection was lost");
  }
  // SIGTERM: the worker asks to be let go.
  void Leave(const std::string& name, absl::Duration limit = absl::Seconds(10)) {
    manager_->OnLeave(workers_.at(name).session, limit);
  }
  // The coordinator is gone: nothing said to it arrives, its sessions are over.
  void Detach() {
    workers_.clear();
    names_.clear();
    inbox_.clear();
  }

  // A sign of life of all workers, with rows read if they keep coming.
  void Heartbeat() {
    if (habits.moved) ++rows_;
    for (auto& [name, worker] : workers_) {
      std::vector<TaskProgressReport> reports;
      for (const TaskId& task : worker.tasks) {
        reports.push_back({.job = worker.attempt.job,
                           .attempt = worker.attempt.attempt,
                           .task = task,
                           .records_in = rows_});
      }
      manager_->OnHeartbeat(worker.session, std::move(reports));
    }
  }

  // Carries out what was said since the last call. False: nothing was.
  bool Deliver() {
    if (inbox_.empty()) return false;
    auto [session, command] = std::move(inbox_.front());
    inbox_.pop_front();
    const auto name = names_.find(session);
    if (name != names_.end()) {
      std::visit([&](const auto& each) { Handle(name->second, each); }, command);
    }
    return true;
  }

  void Report(const std::string& name, TaskId task, TaskEventKind kind, std::string error = "",
              bool retryable = true) {
    const Worker& worker = workers_.at(name);
    manager_->OnTask(worker.session, worker.attempt.job,
                     {.attempt = worker.attempt.attempt,
                      .task = task,
                      .kind = kind,
                      .error = std::move(error),
                      .retryable = retryable});
  }
  void Ack(const std::string& name, Epoch epoch) {
    const Worker& worker = workers_.at(name);
    CheckpointAck ack{.epoch = epoch, .moved = habits.moved};
    for (const TaskId& task : worker.tasks) {
      ack.tasks.push_back({.task = task});
      if (published.has_value() && task == TaskId{StageId(1), 0} && *published < epoch) {
        const Epoch first(published->value() + 1);
        ack.tasks.back().operators.push_back(
            {.state_id = "sink-counts", .segments = {{.epoch = first}, {.epoch = epoch}}});
      }
    }
    manager_->OnCheckpointAck(worker.session, worker.attempt.job, worker.attempt.attempt,
                              std::move(ack));
  }
  void Decline(const std::string& name, Epoch epoch, const std::string& reason) {
    const Worker& worker = workers_.at(name);
    manager_->OnCheckpointDecline(worker.session, worker.attempt.job, worker.attempt.attempt, epoch,
                                  reason);
  }

  std::vector<std::string> TakeLog() { return std::exchange(log_, {}); }
  const DeployCommand& deployed(const std::string& name) { return workers_[name].deployed; }
  const std::set<TaskId>& tasks(const std::string& name) { return workers_[name].tasks; }

  // WorkerGateway
  void Send(SessionId session, const WorkerCommand& command) override {
    inbox_.emplace_back(session, command);
  }
  void Close(SessionId session, const std::string& reason) override { Forget(session); }

 private:
  struct Worker {
    SessionId session;
    int32_t slots = 0;
    AttemptName attempt;
    DeployCommand deployed;
    std::set<TaskId> tasks;
    Epoch final_epoch;
  };

  void Forget(SessionId session) {
    const auto found = names_.find(session);
    if (found == names_.end()) return;
    workers_.erase(found->second);
    names_.erase(found);
  }

  template <typename... Parts>
  void Note(const std::string& name, const Parts&... parts) {
    log_.push_back(absl::StrCat(name, ": ", parts...));
  }

  void Handle(const std::string& name, const DeployCommand& command) {
    Worker& worker = workers_.at(name);
    worker.deployed = command;
    worker.attempt = command.attempt;
    worker.tasks.clear();
    worker.final_epoch = Epoch(0);
    for (const PlacedTask& placed : command.placements) {
      if (placed.worker.value() == name) worker.tasks.insert(placed.task);
    }
    Note(name, "deploy ", command.attempt.attempt.value(),
         command.restore ? absl::StrCat(" from ", command.restore->epoch.value()) : "");
    if (habits.open) ReportAll(name, TaskEventKind::kOpen);
  }
  void Handle(const std::string& name, const StartCommand& command) {
    Note(name, "start ", command.attempt.attempt.value());
  }
  void Handle(const std::string& name, const CancelCommand& command) {
    Note(name, "cancel ", command.attempt.attempt.value());
    if (habits.cancel && workers_.at(name).attempt.attempt == command.attempt.attempt) {
      ReportAll(name, TaskEventKind::kCancelled);
    }
  }
  void Handle(const std::string& name, const TriggerCommand& command) {
    Note(name, "trigger ", command.epoch.value(), command.final ? " final" : "");
    if (command.final) workers_.at(name).final_epoch = command.epoch;
    if (habits.ack) Ack(name, command.epoch);
  }
  void Handle(const std::string& name, const AbortCommand& command) {
    Note(name, "abort ", command.epoch.value());
  }
  void Handle(const std::string& name, const DurableCommand& command) {
    Note(name, "durable ", command.epoch.value());
    if (habits.finish && workers_.at(name).final_epoch == command.epoch) {
      ReportAll(name, TaskEventKind::kFinished);
    }
  }

  void Handle(const std::string& name, const DismissCommand&) { Note(name, "dismissed"); }

  void ReportAll(const std::string& name, TaskEventKind kind) {
    const std::set<TaskId> tasks = workers_.at(name).tasks;
    for (const TaskId& task : tasks) Report(name, task, kind);
  }

  JobManager* manager_ = nullptr;
  std::map<std::string, Worker> workers_;
  std::map<SessionId, std::string> names_;
  std::deque<std::pair<SessionId, WorkerCommand>> inbox_;
  std::vector<std::string> log_;
  int64_t last_session_ = 0;
  int64_t rows_ = 0;
};

}  // namespace millrace
