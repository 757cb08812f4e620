#include "tests/simulation/scenario.h"

#include "absl/strings/str_cat.h"
#include "tests/simulation/sim_task.h"

namespace millrace::simulation {
namespace {

constexpr absl::Duration kLimit = absl::Minutes(5);

}  // namespace

Scenario::Scenario(uint64_t seed, bool print) : schedule_(seed, print), fabric_(schedule_) {
  Random& random = schedule_.random();
  shape_.parallelism = static_cast<int32_t>(1 + random.Below(4));
  shape_.records_per_source = 500 + random.Below(3000);
  faults_end_ = absl::Seconds(1 + random.Below(20));
  stops_early_ = schedule_.OneIn(8);
}

Outcome Scenario::Run() {
  StartCoordinator();
  for (int i = 1; i <= 3; ++i) StartWorker(WorkerId(absl::StrCat("worker-", i)));
  ScheduleFault();
  if (stops_early_) {
    schedule_.After(schedule_.Between(absl::ZeroDuration(), absl::Seconds(3)), [this] {
      schedule_.Trace("a user stops the job");
      if (coordinator_ != nullptr) coordinator_->RequestStop();
    });
  }
  while (schedule_.now() < kLimit && !HasEnded(store_.progress.state)) {
    if (!schedule_.RunNext()) break;
  }
  return {.status = Check(),
          .trace_hash = schedule_.trace_hash(),
          .checkpoints = store_.commits,
          .restarts = store_.progress.restarts,
          .faults = faults_,
          .virtual_time = schedule_.now()};
}

void Scenario::StartCoordinator() {
  coordinator_ = std::make_shared<SimCoordinator>(schedule_, store_, shape_);
  // Two workers are enough for the job, so that it goes on while one is away.
  coordinator_->slots_per_worker = (shape_.parallelism + 1) / 2;
  coordinator_->Begin();
}

void Scenario::StartWorker(const WorkerId& id) {
  workers_[id] = std::make_shared<SimWorker>(schedule_, fabric_, shape_, id);
  Connect(id);
}

// A worker without a session tries again and again.
void Scenario::Connect(const WorkerId& id) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;
  if (!found->second->has_session() && coordinator_ != nullptr) {
    auto session = std::make_shared<Session>(schedule_, SessionId(next_session_++));
    found->second->OnSession(session);
    coordinator_->OnSession(session, id);
  }
  schedule_.After(schedule_.Between(absl::Milliseconds(100), absl::Milliseconds(300)),
                  [this, id, weak = std::weak_ptr<SimWorker>(found->second)] {
                    if (weak.lock() != nullptr) Connect(id);
                  });
}

WorkerId Scenario::AnyWorker() {
  return WorkerId(absl::StrCat("worker-", 1 + schedule_.random().Below(3)));
}

void Scenario::ScheduleFault() {
  schedule_.After(schedule_.Between(absl::ZeroDuration(), absl::Seconds(2)), [this] {
    if (schedule_.now() > faults_end_) return;
    ++faults_;
    Fault();
    ScheduleFault();
  });
}

void Scenario::Fault() {
  const WorkerId worker = AnyWorker();
  const auto found = workers_.find(worker);
  switch (schedule_.random().Below(6)) {
    case 0:
      return CrashCoordinator();
    case 1:
      return CrashWorker(worker);
    case 2:
      schedule_.Trace("a data connection breaks");
      return fabric_.CutOne();
    case 3:
      if (found == workers_.end() || !found->second->has_session()) return;
      schedule_.Trace(absl::StrCat("the session of ", worker.value(), " breaks"));
      return found->second->session()->Break(schedule_);
    case 4: {
      if (found == workers_.end() || !found->second->has_session()) return;
      // Less than the silence limit, or more.
      const absl::Duration until =
          schedule_.now() + schedule_.Between(absl::ZeroDuration(), absl::Seconds(4));
      schedule_.Trace(
          absl::StrCat(worker.value(), " stands still until ", absl::FormatDuration(until)));
      return found->second->session()->up.Stall(until);
    }
    case 5:
      return LeaveWorker(worker);
  }
}

void Scenario::CrashCoordinator() {
  if (coordinator_ == nullptr) return;
  schedule_.Trace("the coordinator crashes");
  coordinator_->Kill();
  coordinator_.reset();
  schedule_.After(schedule_.Between(absl::Milliseconds(50), absl::Seconds(2)),
                  [this] { StartCoordinator(); });
}

void Scenario::CrashWorker(const WorkerId& id) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;
  schedule_.Trace(absl::StrCat(id.value(), " crashes"));
  EndWorker(id);
}

// SIGTERM; it is let go when its tasks have moved, or ends by itself.
void Scenario::LeaveWorker(const WorkerId& id) {
  const auto found = workers_.find(id);
  if (found == workers_.end() || !found->second->has_session()) return;
  schedule_.Trace(absl::StrCat(id.value(), " leaves"));
  const std::weak_ptr<SimWorker> leaver = found->second;
  const auto end = [this, id, leaver] {
    // It is in the middle of a call: it ends after it.
    schedule_.After(absl::ZeroDuration(), [this, id, leaver] {
      const auto now = workers_.find(id);
      if (now == workers_.end() || now->second != leaver.lock()) return;
      schedule_.Trace(absl::StrCat(id.value(), " ends"));
      EndWorker(id);
    });
  };
  const absl::Duration limit = schedule_.Between(absl::ZeroDuration(), absl::Seconds(3));
  found->second->Leave(limit, end);
  schedule_.After(limit + absl::Seconds(2), end);
}

void Scenario::EndWorker(const WorkerId& id) {
  const auto found = workers_.find(id);
  if (found->second->has_session()) found->second->session()->Break(schedule_);
  fabric_.CutAll(id);
  workers_.erase(found);
  schedule_.After(schedule_.Between(absl::Milliseconds(50), absl::Seconds(3)),
                  [this, id] { StartWorker(id); });
}

absl::Status Scenario::Check() const {
  const JobState state = store_.progress.state;
  if (!HasEnded(state)) {
    return absl::InternalError(absl::StrCat("the job is still ", std::string(Name(state)),
                                            " after ", absl::FormatDuration(schedule_.now()), ": ",
                                            store_.progress.message));
  }
  if (state == JobState::kStopped && stops_early_) return absl::OkStatus();
  if (state != JobState::kFinished) {
    return absl::InternalError(
        absl::StrCat("the job is ", std::string(Name(state)), ": ", store_.progress.message));
  }
  if (store_.retained.empty()) return absl::InternalError("finished without a checkpoint");
  std::map<int64_t, int64_t> expected;
  for (int32_t source = 0; source < shape_.parallelism; ++source) {
    for (int64_t i = 0; i < shape_.records_per_source; ++i) ++expected[shape_.KeyOf(source, i)];
  }
  std::map<int64_t, int64_t> counted;
  for (const TaskSnapshot& task : store_.manifests.at(store_.retained.back().path).tasks) {
    for (const auto& [key, count] : CountsOf(task)) counted[key] += count;
  }
  if (counted != expected) return absl::InternalError("records were lost or counted twice");
  return absl::OkStatus();
}

}  // namespace millrace::simulation
