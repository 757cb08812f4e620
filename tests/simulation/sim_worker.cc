#include "tests/simulation/sim_worker.h"

#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace millrace::simulation {
namespace {

constexpr absl::Duration kBeat = absl::Milliseconds(500);

std::string Text(TaskId task) {
  std::ostringstream out;
  out << task;
  return out.str();
}

}  // namespace

void SimWorker::Later(absl::Duration most, std::function<void(SimWorker&)> act) {
  schedule_.After(schedule_.Between(absl::Microseconds(10), most),
                  [weak = weak_from_this(), act = std::move(act)] {
                    if (const auto self = weak.lock()) act(*self);
                  });
}

void SimWorker::OnSession(std::shared_ptr<Session> session) {
  session_ = std::move(session);
  session_->at_worker = [weak = weak_from_this()](const ToWorker& message) {
    if (const auto self = weak.lock()) self->OnMessage(message);
  };
  session_->lost_at_worker = [weak = weak_from_this(), id = session_->id] {
    const auto self = weak.lock();
    if (self != nullptr && self->session_ != nullptr && self->session_->id == id) {
      self->OnSessionLost();
    }
  };
  schedule_.After(kBeat, [weak = weak_from_this(), id = session_->id] {
    const auto self = weak.lock();
    if (self != nullptr && self->session_ != nullptr && self->session_->id == id) self->Beat();
  });
}

void SimWorker::OnSessionLost() {
  schedule_.Trace(absl::StrCat(id_.value(), " lost the coordinator"));
  session_.reset();
  attempts_.clear();
  if (end_ != nullptr) end_();
}

void SimWorker::Leave(absl::Duration limit, std::function<void()> end) {
  end_ = std::move(end);
  Send(simulation::Leave{.limit = limit});
}

void SimWorker::Beat() {
  bool moved = false;
  for (auto& [attempt, running] : attempts_) {
    for (auto& [task, slot] : running.slots) {
      if (slot.task != nullptr) moved = slot.task->TakeMoved() || moved;
    }
  }
  Send(simulation::Beat{.moved = moved});
  schedule_.After(kBeat, [weak = weak_from_this(), id = session_->id] {
    const auto self = weak.lock();
    if (self != nullptr && self->session_ != nullptr && self->session_->id == id) self->Beat();
  });
}

void SimWorker::Send(ToCoordinator message) {
  if (session_ != nullptr) session_->SendUp(std::move(message));
}

void SimWorker::OnMessage(const ToWorker& message) {
  if (const auto* deploy = std::get_if<Deploy>(&message)) {
    attempts_[deploy->attempt].deploy = *deploy;
    Later(absl::Milliseconds(50),
          [attempt = deploy->attempt](SimWorker& self) { self.Open(attempt); });
  } else if (const auto* start = std::get_if<Start>(&message)) {
    const auto found = attempts_.find(start->attempt);
    if (found == attempts_.end()) return;
    found->second.running = true;
    for (const auto& [task, slot] : found->second.slots) Wake(start->attempt, task);
  } else if (const auto* cancel = std::get_if<Cancel>(&message)) {
    Later(absl::Milliseconds(20),
          [attempt = cancel->attempt](SimWorker& self) { self.CancelAttempt(attempt); });
  } else if (const auto* trigger = std::get_if<Trigger>(&message)) {
    const Barrier barrier{.epoch = trigger->epoch, .final = trigger->final};
    ForEachTask(trigger->attempt, [&](SimTask& task) {
      task.Trigger(barrier);
      return absl::OkStatus();
    });
  } else if (const auto* abort = std::get_if<Abort>(&message)) {
    const auto found = attempts_.find(abort->attempt);
    if (found == attempts_.end()) return;
    auto& snapshots = found->second.snapshots;
    snapshots.erase(snapshots.begin(), snapshots.upper_bound(abort->epoch));
    ForEachTask(abort->attempt, [&](SimTask& task) { return task.Abort(abort->epoch); });
  } else if (const auto* durable = std::get_if<Durable>(&message)) {
    ForEachTask(durable->attempt, [&](SimTask& task) { return task.OnDurable(durable->epoch); });
  } else if (std::holds_alternative<Dismiss>(message)) {
    end_();
  }
}

void SimWorker::ForEachTask(Attempt attempt, const std::function<absl::Status(SimTask&)>& act) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return;
  std::vector<TaskId> tasks;
  for (const auto& [task, slot] : found->second.slots) tasks.push_back(task);
  for (const TaskId task : tasks) {
    const Slot& slot = found->second.slots[task];
    if (slot.task == nullptr) continue;
    const absl::Status status = act(*slot.task);
    if (!status.ok()) EndTask(attempt, task, TaskEventKind::kFailed, std::string(status.message()));
    Wake(attempt, task);
  }
}

void SimWorker::Open(Attempt attempt) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return;
  for (const auto& [task, worker] : found->second.deploy.placement) {
    if (worker != id_) continue;
    if (schedule_.OneIn(100)) {
      Report(attempt, task, TaskEventKind::kFailed, "cannot open");
      continue;
    }
    found->second.slots[task].task = MakeTask(found->second, task);
    Report(attempt, task, TaskEventKind::kOpen);
  }
}

std::unique_ptr<SimTask> SimWorker::MakeTask(RunningAttempt& attempt, TaskId task) {
  const Deploy& deploy = attempt.deploy;
  const Attempt number = deploy.attempt;
  const auto wake = [weak = weak_from_this(), number, task] {
    if (const auto self = weak.lock()) self->Wake(number, task);
  };
  TaskReports reports{.event =
                          [this, number, task](TaskEventKind kind) {
                            if (kind == TaskEventKind::kFinished) {
                              // The task is in the middle of a call: it ends after it.
                              Later(absl::Milliseconds(1), [number, task](SimWorker& self) {
                                self.EndTask(number, task, TaskEventKind::kFinished);
                              });
                            } else {
                              Report(number, task, kind);
                            }
                          },
                      .snapshot =
                          [this, number](Epoch epoch, TaskSnapshot snapshot) {
                            OnSnapshot(number, epoch, std::move(snapshot));
                          }};
  const Manifest* restore = deploy.restore.has_value() ? &*deploy.restore : nullptr;
  if (task.stage == kSourceStage) {
    SourceParts parts{.shape = shape_,
                      .id = task,
                      .restore = restore,
                      .reports = std::move(reports),
                      .schedule = &schedule_};
    for (int32_t receiver = 0; receiver < shape_.parallelism; ++receiver) {
      const WorkerId& to = deploy.placement.at({kCountStage, receiver});
      auto sender = std::make_shared<SimSender>(schedule_, fabric_.Between(id_, to), wake);
      fabric_.AddSender({number, task.index, receiver}, sender);
      parts.senders.push_back(std::move(sender));
    }
    return NewSource(std::move(parts));
  }
  // The gate owns its receivers; the network keeps them alive while frames are on their way.
  class Shared final : public ChannelReceiver {
   public:
    explicit Shared(std::shared_ptr<SimReceiver> receiver) : receiver_(std::move(receiver)) {}
    absl::StatusOr<std::optional<Element>> Poll() override { return receiver_->Poll(); }

   private:
    const std::shared_ptr<SimReceiver> receiver_;
  };
  CounterParts parts{
      .shape = shape_, .id = task, .restore = restore, .reports = std::move(reports)};
  for (int32_t sender = 0; sender < shape_.parallelism; ++sender) {
    const WorkerId& from = deploy.placement.at({kSourceStage, sender});
    auto receiver =
        std::make_shared<SimReceiver>(schedule_, fabric_.Between(from, id_), pool_, wake);
    fabric_.AddReceiver({number, sender, task.index}, receiver);
    parts.receivers.push_back(std::make_unique<Shared>(std::move(receiver)));
  }
  return NewCounter(std::move(parts));
}

void SimWorker::Wake(Attempt attempt, TaskId task) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end() || !found->second.running) return;
  const auto slot = found->second.slots.find(task);
  if (slot == found->second.slots.end() || slot->second.scheduled) return;
  slot->second.scheduled = true;
  Later(absl::Milliseconds(4), [attempt, task](SimWorker& self) { self.RunTask(attempt, task); });
}

void SimWorker::RunTask(Attempt attempt, TaskId task) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return;
  Slot& slot = found->second.slots[task];
  slot.scheduled = false;
  if (slot.task == nullptr) return;
  const absl::StatusOr<bool> did_something = slot.task->Step();
  if (!did_something.ok()) {
    EndTask(attempt, task, TaskEventKind::kFailed, std::string(did_something.status().message()));
  } else if (*did_something) {
    Wake(attempt, task);
  }
}

void SimWorker::Report(Attempt attempt, TaskId task, TaskEventKind kind, const std::string& error) {
  schedule_.Trace(absl::StrCat(id_.value(), " task ", Text(task), " of attempt ", attempt.value(),
                               ": event ", static_cast<int>(kind), " ", error));
  Send(TaskReport{
      .attempt = attempt, .task = task, .kind = kind, .error = error, .retryable = true});
}

void SimWorker::EndTask(Attempt attempt, TaskId task, TaskEventKind kind,
                        const std::string& error) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return;
  Slot& slot = found->second.slots[task];
  if (slot.task == nullptr) return;
  slot.task.reset();
  Report(attempt, task, kind, error);
}

void SimWorker::OnSnapshot(Attempt attempt, Epoch epoch, TaskSnapshot snapshot) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return;
  RunningAttempt& running = found->second;
  std::vector<TaskSnapshot>& taken = running.snapshots[epoch];
  taken.push_back(std::move(snapshot));
  if (taken.size() < running.slots.size()) return;
  // All of them are written now, which takes a while and may fail.
  Later(absl::Milliseconds(30), [attempt, epoch](SimWorker& self) {
    const auto again = self.attempts_.find(attempt);
    if (again == self.attempts_.end()) return;
    auto written = again->second.snapshots.extract(epoch);
    if (written.empty()) return;  // Aborted meanwhile.
    if (self.schedule_.OneIn(40)) {
      self.Send(Decline{.attempt = attempt, .epoch = epoch, .reason = "disk full"});
    } else {
      self.Send(Ack{
          .attempt = attempt, .epoch = epoch, .tasks = std::move(written.mapped()), .moved = true});
    }
  });
}

void SimWorker::CancelAttempt(Attempt attempt) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return;
  std::vector<TaskId> tasks;
  for (const auto& [task, slot] : found->second.slots) tasks.push_back(task);
  for (const TaskId task : tasks) EndTask(attempt, task, TaskEventKind::kCancelled);
  attempts_.erase(attempt);
}

}  // namespace millrace::simulation
