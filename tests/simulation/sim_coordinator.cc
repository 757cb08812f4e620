#include "tests/simulation/sim_coordinator.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "coordinator/schedule/assignment.h"
#include "tests/simulation/sim_task.h"

namespace millrace::simulation {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(50);
constexpr absl::Duration kStoreDelay = absl::Milliseconds(20);
const JobId kJob = JobId("job-1");

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

JobGraph GraphOf(const JobShape& shape) {
  JobGraph graph{.name = "count"};
  graph.stages.push_back({.id = kSourceStage, .name = "source", .parallelism = shape.parallelism});
  graph.stages.push_back({.id = kCountStage, .name = "count", .parallelism = shape.parallelism});
  graph.edges.push_back({.id = EdgeId(0),
                         .from = kSourceStage,
                         .to = kCountStage,
                         .partitioning = Partitioning::kHash});
  return graph;
}

SimCoordinator::SimCoordinator(Schedule& schedule, SimStore& store, const JobShape& shape)
    : schedule_(schedule),
      store_(store),
      shape_(shape),
      graph_(GraphOf(shape)),
      term_(++store.term),
      registry_({.cluster_id = "simulation"}),
      lifecycle_(graph_,
                 {.restart = {.max_backoff = absl::Seconds(2)},
                  .open_timeout = absl::Seconds(5),
                  .cancel_timeout = absl::Seconds(1)},
                 store.progress),
      checkpoints_({.interval = absl::Milliseconds(200),
                    .min_pause = absl::Milliseconds(50),
                    .timeout = absl::Seconds(3),
                    .epoch_block = 7},
                   store.reserved) {}

void SimCoordinator::Begin() {
  schedule_.Trace(absl::StrCat("coordinator starts, term ", term_.value()));
  Do(lifecycle_.Begin());
  Tick();
}

void SimCoordinator::Kill() {
  for (auto& [worker, session] : sessions_) session->Break(schedule_);
}

void SimCoordinator::Later(absl::Duration most, std::function<void(SimCoordinator&)> act) {
  schedule_.After(schedule_.Between(absl::Microseconds(10), most),
                  [weak = weak_from_this(), act = std::move(act)] {
                    if (const auto self = weak.lock()) act(*self);
                  });
}

void SimCoordinator::Tick() {
  for (const WorkerLoss& loss : registry_.Tick(schedule_.now())) {
    sessions_[loss.worker]->Break(schedule_);
    OnLoss(loss);
  }
  Do(lifecycle_.Tick(schedule_.now()));
  Do(checkpoints_.Tick(schedule_.now()));
  DismissLeavers();
  schedule_.After(kTick, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Tick();
  });
}

void SimCoordinator::OnSession(const std::shared_ptr<Session>& session, const WorkerId& worker) {
  session->at_coordinator = [weak = weak_from_this(), id = session->id](const ToCoordinator& m) {
    if (const auto self = weak.lock()) self->OnMessage(id, m);
  };
  session->lost_at_coordinator = [weak = weak_from_this(), id = session->id] {
    if (const auto self = weak.lock()) {
      self->OnLoss(
          self->registry_.Disconnected(id, "its connection was lost", self->schedule_.now()));
    }
  };
  const auto registered = registry_.Register(session->id,
                                             {.cluster_id = "simulation",
                                              .protocol = 1,
                                              .worker = worker,
                                              .instance = absl::StrCat(session->id.value()),
                                              .slots = slots_per_worker},
                                             schedule_.now());
  if (!registered.ok()) {
    // The old session has not been seen to break yet.
    schedule_.Trace(absl::StrCat("refused: ", std::string(registered.status().message())));
    session->Break(schedule_);
    return;
  }
  OnLoss(*registered);
  sessions_[worker] = session;
  schedule_.Trace(absl::StrCat(worker.value(), " registered"));
  if (lifecycle_.state() == JobState::kScheduling) FindSlotsNow();
}

void SimCoordinator::OnLoss(const std::optional<WorkerLoss>& loss) {
  if (!loss.has_value()) return;
  schedule_.Trace(absl::StrCat(loss->worker.value(), " is lost: ", loss->reason));
  sessions_.erase(loss->worker);
  Do(lifecycle_.OnWorkerLost(loss->worker, loss->reason, schedule_.now()));
}

void SimCoordinator::OnMessage(SessionId session, const ToCoordinator& message) {
  const WorkerId* found = registry_.FindSession(session);
  if (found == nullptr) return;
  const WorkerId worker = *found;
  registry_.Heard(session, schedule_.now());
  std::visit(
      Overloaded{
          [&](const Beat& beat) {
            if (beat.moved) checkpoints_.OnProgress();
          },
          [&](const TaskReport& report) { Do(lifecycle_.OnTask(report, schedule_.now())); },
          [&](const Ack& ack) {
            if (ack.attempt != lifecycle_.progress().attempt) return;
            Do(checkpoints_.OnAck(
                {.worker = worker, .epoch = ack.epoch, .tasks = ack.tasks, .moved = ack.moved},
                schedule_.now()));
          },
          [&](const Decline& decline) {
            if (decline.attempt != lifecycle_.progress().attempt) return;
            Do(checkpoints_.OnDecline(worker, decline.epoch, decline.reason, schedule_.now()));
          },
          [&](const Leave& leave) {
            registry_.Leave(session);
            Do(lifecycle_.OnWorkerLeaving(worker, leave.limit, schedule_.now()));
          }},
      message);
}

void SimCoordinator::DismissLeavers() {
  for (const WorkerDeparture& departure : registry_.TakeDepartures()) {
    schedule_.Trace(absl::StrCat(departure.worker.value(), " may end"));
    sessions_[departure.worker]->SendDown(Dismiss{});
    sessions_.erase(departure.worker);
  }
}

void SimCoordinator::Do(const JobLifecycle::Actions& actions) {
  for (const JobAction& action : actions) Do(action);
}

void SimCoordinator::Do(const CheckpointCore::Actions& actions) {
  for (const CheckpointAction& action : actions) Do(action);
}

void SimCoordinator::Do(const JobAction& action) {
  std::visit(
      Overloaded{
          [&](const FindSlots&) { FindSlotsNow(); },
          [&](const DeployAttempt&) { DeployNow(); },
          [&](const StartAttempt&) { StartNow(); },
          [&](const CancelAttempt&) {
            SendToJob(Cancel{.attempt = lifecycle_.progress().attempt});
          },
          [&](const TakeFinalCheckpoint&) { Do(checkpoints_.RequestFinal(schedule_.now())); },
          [&](const EndCheckpoints&) { checkpoints_.End(); },
          [&](const ReleaseSlots&) { registry_.Release(kJob); },
          [&](const StateChanged&) {
            store_.progress = lifecycle_.progress();
            schedule_.Trace(absl::StrCat("job ", std::string(Name(lifecycle_.state())), " attempt ",
                                         store_.progress.attempt.value(), " ",
                                         store_.progress.message));
          },
          [&](const MessageChanged&) {},
      },
      action);
}

void SimCoordinator::FindSlotsNow() {
  std::vector<WorkerSlots> slots;
  for (const auto& [id, worker] : registry_.workers()) {
    if (worker.leaving) continue;
    const int32_t total = worker.registration.slots;
    slots.push_back({.worker = id, .total = total, .free = total - worker.used_slots()});
  }
  const absl::StatusOr<Assignment> assignment = Assign(graph_, std::move(slots));
  if (!assignment.ok()) {
    Do(lifecycle_.OnNoSlots(std::string(assignment.status().message())));
    return;
  }
  placement_.clear();
  for (const Stage& stage : graph_.stages) {
    for (int32_t i = 0; i < stage.parallelism; ++i) {
      placement_[{stage.id, i}] = assignment->WorkerOf({stage.id, i});
    }
  }
  for (const auto& [worker, count] : assignment->SlotsByWorker()) {
    registry_.Occupy(worker, kJob, count);
  }
  Do(lifecycle_.OnSlots(placement_, schedule_.now()));
}

void SimCoordinator::DeployNow() {
  Deploy deploy{.attempt = lifecycle_.progress().attempt, .placement = placement_};
  if (!store_.retained.empty()) deploy.restore = store_.manifests.at(store_.retained.back().path);
  restored_ = deploy.restore.has_value();
  SendToJob(deploy);
}

void SimCoordinator::StartNow() {
  CheckpointExecution execution{.tasks = TasksByWorker(), .restored = restored_};
  for (const ManifestRef& ref : store_.retained) {
    execution.retained.push_back({.ref = ref, .files = std::set<std::string>()});
  }
  checkpoints_.Begin(std::move(execution), schedule_.now());
  SendToJob(Start{.attempt = lifecycle_.progress().attempt});
}

std::map<WorkerId, std::set<TaskId>> SimCoordinator::TasksByWorker() const {
  std::map<WorkerId, std::set<TaskId>> tasks;
  for (const auto& [task, worker] : placement_) tasks[worker].insert(task);
  return tasks;
}

void SimCoordinator::SendToJob(const ToWorker& message) {
  for (const auto& [worker, tasks] : TasksByWorker()) {
    const auto session = sessions_.find(worker);
    if (session != sessions_.end()) session->second->SendDown(message);
  }
}

void SimCoordinator::Do(const CheckpointAction& action) {
  const Attempt attempt = lifecycle_.progress().attempt;
  std::visit(
      Overloaded{
          [&](const ReserveEpochs& reserve) {
            // The write may outlive the process that began it.
            schedule_.After(schedule_.Between(absl::ZeroDuration(), kStoreDelay),
                            [weak = weak_from_this(), &store = store_, term = term_, reserve] {
                              const auto self = weak.lock();
                              const bool fenced = store.term != term.value();
                              if (!fenced) store.reserved = std::max(store.reserved, reserve.last);
                              if (self == nullptr) return;
                              self->Do(self->checkpoints_.OnEpochsReserved(
                                  absl::OkStatus(), reserve.last, self->schedule_.now()));
                            });
          },
          [&](const TriggerEpoch& trigger) {
            schedule_.Trace(absl::StrCat("epoch ", trigger.epoch.value(), " triggered",
                                         trigger.final ? ", the last one" : ""));
            SendToJob(Trigger{.attempt = attempt, .epoch = trigger.epoch, .final = trigger.final});
          },
          [&](const AbortEpoch& abort) {
            SendToJob(Abort{.attempt = attempt, .epoch = abort.epoch});
          },
          [&](const SendDurable& durable) {
            SendToJob(Durable{.attempt = attempt, .epoch = durable.epoch});
          },
          [&](const StoreManifest& store) { Store(store); },
          [&](const CommitManifest& commit) { Commit(commit); }, [&](const CollectGarbage&) {},
          [&](const CheckpointCompleted& completed) {
            schedule_.Trace(absl::StrCat("epoch ", completed.ref.epoch.value(), " completed"));
          },
          [&](const CheckpointFailed& failed) {
            schedule_.Trace(
                absl::StrCat("epoch ", failed.epoch.value(), " failed: ", failed.reason));
          },
          [&](const FinalCheckpointCompleted&) {},
          [&](const FinalCheckpointFailed& failed) {
            Do(lifecycle_.OnFinalCheckpointFailed(failed.reason, schedule_.now()));
          }},
      action);
}

void SimCoordinator::Store(const StoreManifest& store) {
  Later(kStoreDelay, [store](SimCoordinator& self) {
    if (self.schedule_.OneIn(60)) {
      return self.Do(self.checkpoints_.OnManifestStored(
          store.epoch, absl::ResourceExhaustedError("disk full"), self.schedule_.now()));
    }
    Manifest manifest{.job = kJob,
                      .epoch = store.epoch,
                      .term = self.term_,
                      .attempt = self.lifecycle_.progress().attempt,
                      .parent = store.parent,
                      .tasks = store.tasks};
    self.CheckCut(manifest);
    const std::string path = absl::StrCat(store.epoch.value(), "-", self.term_.value());
    self.store_.manifests[path] = manifest;
    StoredManifest stored{
        .ref = {.epoch = store.epoch, .term = self.term_, .path = path, .parent = store.parent}};
    self.Do(
        self.checkpoints_.OnManifestStored(store.epoch, std::move(stored), self.schedule_.now()));
  });
}

// A consistent cut: every record before the sources' positions is counted, and none behind them.
void SimCoordinator::CheckCut(const Manifest& manifest) const {
  std::map<int64_t, int64_t> expected;
  std::map<int64_t, int64_t> counted;
  for (const TaskSnapshot& task : manifest.tasks) {
    const int64_t position = PositionOf(task);
    for (int64_t i = 0; i < position; ++i) ++expected[shape_.KeyOf(task.task.index, i)];
    for (const auto& [key, count] : CountsOf(task)) counted[key] += count;
  }
  CHECK(expected == counted);
}

void SimCoordinator::Commit(const CommitManifest& commit) {
  const ManifestRef latest = commit.retained.back();
  // The compare-and-set may take effect although its answer is never seen.
  schedule_.After(
      schedule_.Between(absl::ZeroDuration(), kStoreDelay),
      [weak = weak_from_this(), &store = store_, term = term_, commit, latest] {
        const Epoch parent = store.retained.empty() ? Epoch(0) : store.retained.back().epoch;
        absl::Status status;
        if (store.term != term.value() || parent != latest.parent) {
          status = absl::AbortedError("another coordinator has committed");
        } else {
          CHECK(latest.epoch > parent);
          store.retained = commit.retained;
          ++store.commits;
        }
        if (const auto self = weak.lock()) {
          self->Do(self->checkpoints_.OnCommitted(commit.epoch, status, self->schedule_.now()));
        }
      });
}

}  // namespace millrace::simulation
