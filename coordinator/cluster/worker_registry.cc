#include "coordinator/cluster/worker_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

absl::Status Check(const WorkerRegistration& worker, const RegistryOptions& options) {
  if (worker.cluster_id != options.cluster_id) {
    return absl::FailedPreconditionError(
        absl::StrCat("worker ", worker.worker.value(), " belongs to cluster '", worker.cluster_id,
                     "', this coordinator to '", options.cluster_id,
                     "': give both the same cluster id, or the worker its own coordinator"));
  }
  if (worker.protocol != options.protocol) {
    return absl::FailedPreconditionError(absl::StrCat(
        "worker ", worker.worker.value(), " (version ", worker.version, ") speaks protocol ",
        worker.protocol, ", this coordinator ", options.protocol, ": run the same version"));
  }
  if (worker.worker.value().empty()) return absl::InvalidArgumentError("a worker needs an id");
  if (worker.slots < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("worker ", worker.worker.value(), " offers no slots"));
  }
  if (worker.checkpoint_id != options.checkpoint_id && !options.checkpoint_id.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "worker ", worker.worker.value(), " cannot use the checkpoint folder (checkpoint.dir) ",
        options.checkpoint_dir, ": ",
        worker.checkpoint_error.empty() ? "what it sees there is another folder"
                                        : worker.checkpoint_error,
        "; the coordinator and all workers need the same folder at the same path"));
  }
  return absl::OkStatus();
}

}  // namespace

int32_t WorkerRegistry::Worker::used_slots() const {
  int32_t used = 0;
  for (const auto& [job, slots] : slots_of) used += slots;
  return used;
}

absl::StatusOr<std::optional<WorkerLoss>> WorkerRegistry::Register(
    SessionId session, const WorkerRegistration& registration, absl::Duration now) {
  RETURN_IF_ERROR(Check(registration, options_));
  if (by_session_.contains(session)) {
    return absl::FailedPreconditionError("a session registers one worker, once");
  }
  std::optional<WorkerLoss> replaced;
  const auto old = workers_.find(registration.worker);
  if (old != workers_.end()) {
    if (old->second.registration.instance != registration.instance) {
      return absl::AlreadyExistsError(
          absl::StrCat("a worker with id '", registration.worker.value(),
                       "' is already running (exchange ", old->second.registration.exchange_address,
                       "): give every worker an id of its own (worker.id)"));
    }
    replaced = Lose(registration.worker, "it has connected again");
  }
  const bool is_new = !replaced.has_value() && !FillsAGap(registration.worker);
  workers_[registration.worker] = {.registration = registration,
                                   .session = session,
                                   .registered_at = now,
                                   .last_heard = now,
                                   .is_new = is_new};
  by_session_[session] = registration.worker;
  return replaced;
}

void WorkerRegistry::Heard(SessionId session, absl::Duration now) {
  const auto found = by_session_.find(session);
  if (found != by_session_.end()) workers_.at(found->second).last_heard = now;
}

std::optional<WorkerLoss> WorkerRegistry::Disconnected(SessionId session, const std::string& reason,
                                                       absl::Duration now) {
  const auto found = by_session_.find(session);
  if (found == by_session_.end()) return std::nullopt;
  Miss(workers_.at(found->second), now);
  return Lose(WorkerId(found->second), reason);
}

const WorkerId* WorkerRegistry::Leave(SessionId session) {
  const auto found = by_session_.find(session);
  if (found == by_session_.end()) return nullptr;
  workers_.at(found->second).leaving = true;
  return &found->second;
}

std::vector<WorkerDeparture> WorkerRegistry::TakeDepartures() {
  std::vector<WorkerDeparture> departures;
  for (const auto& [id, worker] : workers_) {
    if (worker.leaving && worker.used_slots() == 0) {
      departures.push_back({.worker = id, .session = worker.session});
    }
  }
  for (const WorkerDeparture& departure : departures) {
    by_session_.erase(departure.session);
    workers_.erase(departure.worker);
  }
  return departures;
}

int32_t WorkerRegistry::missing(absl::Duration now) {
  std::erase_if(missing_,
                [&](const auto& entry) { return now - entry.second > options_.forget_lost_after; });
  return static_cast<int32_t>(missing_.size());
}

std::vector<WorkerLoss> WorkerRegistry::Tick(absl::Duration now) {
  std::vector<WorkerId> silent;
  for (const auto& [id, worker] : workers_) {
    if (now - worker.last_heard > options_.silence_limit) silent.push_back(id);
  }
  std::vector<WorkerLoss> losses;
  for (const WorkerId& id : silent) {
    const absl::Duration silence = now - workers_.at(id).last_heard;
    Miss(workers_.at(id), now);
    losses.push_back(
        Lose(id, absl::StrCat("it was silent for ", absl::ToInt64Milliseconds(silence), " ms")));
  }
  return losses;
}

void WorkerRegistry::Occupy(const WorkerId& worker, const JobId& job, int32_t slots) {
  const auto found = workers_.find(worker);
  CHECK(found != workers_.end());
  found->second.slots_of[job] += slots;
}

void WorkerRegistry::Release(const JobId& job) {
  for (auto& [id, worker] : workers_) worker.slots_of.erase(job);
}

const WorkerRegistry::Worker* WorkerRegistry::Find(const WorkerId& worker) const {
  const auto found = workers_.find(worker);
  return found == workers_.end() ? nullptr : &found->second;
}

const WorkerId* WorkerRegistry::FindSession(SessionId session) const {
  const auto found = by_session_.find(session);
  return found == by_session_.end() ? nullptr : &found->second;
}

WorkerLoss WorkerRegistry::Lose(const WorkerId& worker, std::string reason) {
  const auto found = workers_.find(worker);
  WorkerLoss loss{.worker = worker, .session = found->second.session, .reason = std::move(reason)};
  by_session_.erase(loss.session);
  workers_.erase(found);
  return loss;
}

void WorkerRegistry::Miss(const Worker& lost, absl::Duration now) {
  if (lost.leaving) return;
  // A process that is started in place of a dead one may register under a new id before the dead
  // one's silence is noticed.
  for (auto& [id, worker] : workers_) {
    if (!worker.is_new || worker.registered_at <= lost.last_heard) continue;
    worker.is_new = false;
    return;
  }
  missing_[lost.registration.worker] = now;
}

// The worker has come back, or takes the place of the one that has been missed longest.
bool WorkerRegistry::FillsAGap(const WorkerId& worker) {
  if (missing_.empty()) return false;
  auto gap = missing_.find(worker);
  if (gap == missing_.end()) {
    gap = std::min_element(missing_.begin(), missing_.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
  }
  missing_.erase(gap);
  return true;
}

}  // namespace millrace
