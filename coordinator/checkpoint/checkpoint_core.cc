#include "coordinator/checkpoint/checkpoint_core.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/seeded_bug.h"

namespace millrace {
namespace {

std::set<TaskId> TaskIds(const std::vector<TaskSnapshot>& snapshots) {
  std::set<TaskId> ids;
  for (const TaskSnapshot& snapshot : snapshots) ids.insert(snapshot.task);
  return ids;
}

std::string Names(const std::set<WorkerId>& workers) {
  return absl::StrJoin(workers, ", ", [](std::string* out, const WorkerId& worker) {
    absl::StrAppend(out, worker.value());
  });
}

// Seeded bug: of what is not committed, as if it were.
CollectGarbage GarbageBefore(const StoredManifest& stored) {
  return {.retained = stored.files, .latest = stored.ref.epoch};
}

// Long enough for sources to have read what came while nothing ran: it is visible that much
// earlier.
constexpr absl::Duration kSoonAfterRestore = absl::Milliseconds(200);

}  // namespace

void CheckpointCore::Begin(CheckpointExecution execution, absl::Duration now) {
  running_ = true;
  tasks_ = std::move(execution.tasks);
  retained_ = std::move(execution.retained);
  // Those of a savepoint were reserved by another job.
  if (!retained_.empty()) {
    next_epoch_ = std::max(next_epoch_, retained_.back().ref.epoch.value() + 1);
  }
  pending_.reset();
  final_requested_ = false;
  final_over_ = false;
  requested_ = false;
  // A restored execution shows soon that it can checkpoint, and lets go of what the failed one
  // left.
  moved_ = true;
  due_ = now +
         (execution.restored ? std::min(kSoonAfterRestore, options_.interval) : options_.interval);
}

void CheckpointCore::End() {
  running_ = false;
  pending_.reset();
}

std::optional<Epoch> CheckpointCore::in_progress() const {
  if (!pending_.has_value()) return std::nullopt;
  return pending_->epoch;
}

CheckpointCore::Actions CheckpointCore::Tick(absl::Duration now) {
  if (!pending_.has_value()) return Due(now) ? Start(now) : Actions{};
  // Storing and committing end by themselves: their outcome must be known before anything else
  // begins.
  if (pending_->phase != Phase::kCollecting || now - pending_->started <= options_.timeout) {
    return {};
  }
  return Abort(absl::StrCat("no answer within ", absl::FormatDuration(options_.timeout), " from ",
                            Names(pending_->waiting_for)),
               now);
}

bool CheckpointCore::Due(absl::Duration now) const {
  if (!running_ || final_over_ || reserving_) return false;
  if (final_requested_ || requested_) return true;
  return options_.interval > absl::ZeroDuration() && moved_ && now >= due_;
}

CheckpointCore::Actions CheckpointCore::Start(absl::Duration now) {
  if (next_epoch_ > reserved_) {
    reserving_ = true;
    return {ReserveEpochs{Epoch(next_epoch_ + options_.epoch_block - 1)}};
  }
  pending_ = Pending{.epoch = Epoch(next_epoch_++), .final = final_requested_, .started = now};
  for (const auto& [worker, tasks] : tasks_) pending_->waiting_for.insert(worker);
  moved_ = false;
  requested_ = false;
  due_ = now + options_.interval;
  return {TriggerEpoch{.epoch = pending_->epoch, .final = pending_->final}};
}

CheckpointCore::Actions CheckpointCore::OnEpochsReserved(const absl::Status& status, Epoch last,
                                                         absl::Duration now) {
  reserving_ = false;
  if (status.ok()) {
    reserved_ = std::max(reserved_, last.value());
    return Tick(now);
  }
  // Whether or not the write took place, the same block is asked for again: it can only be too
  // large.
  const std::string reason = absl::StrCat("cannot reserve epochs: ", status.message());
  due_ = now + std::max(options_.interval, options_.min_pause);
  requested_ = false;
  Actions actions = {CheckpointFailed{.epoch = Epoch(0), .reason = reason}};
  if (running_ && final_requested_) {
    final_over_ = true;
    actions.push_back(FinalCheckpointFailed{reason});
  }
  return actions;
}

CheckpointCore::Actions CheckpointCore::OnAck(CheckpointAck ack, absl::Duration now) {
  if (!pending_.has_value() || pending_->epoch != ack.epoch) return {};
  if (pending_->waiting_for.erase(ack.worker) == 0) return {};
  // A worker that leaves out a task would make a checkpoint that lacks its state.
  const std::set<TaskId>& expected = tasks_.at(ack.worker);
  if (TaskIds(ack.tasks) != expected || ack.tasks.size() != expected.size()) {
    return Abort(absl::StrCat("worker ", ack.worker.value(), " acknowledged ", ack.tasks.size(),
                              " tasks, it runs ", expected.size()),
                 now);
  }
  std::move(ack.tasks.begin(), ack.tasks.end(), std::back_inserter(pending_->tasks));
  pending_->moved |= ack.moved;
  if (!pending_->waiting_for.empty()) return {};
  std::sort(pending_->tasks.begin(), pending_->tasks.end(),
            [](const TaskSnapshot& a, const TaskSnapshot& b) { return a.task < b.task; });
  pending_->phase = Phase::kStoring;
  return {StoreManifest{.epoch = pending_->epoch,
                        .parent = retained_.empty() ? Epoch(0) : retained_.back().ref.epoch,
                        .tasks = std::move(pending_->tasks)}};
}

CheckpointCore::Actions CheckpointCore::OnDecline(const WorkerId& worker, Epoch epoch,
                                                  const std::string& reason, absl::Duration now) {
  if (!pending_.has_value() || pending_->epoch != epoch || pending_->phase != Phase::kCollecting) {
    return {};
  }
  return Abort(absl::StrCat("worker ", worker.value(), ": ", reason), now);
}

CheckpointCore::Actions CheckpointCore::OnManifestStored(Epoch epoch,
                                                         absl::StatusOr<StoredManifest> stored,
                                                         absl::Duration now) {
  if (!pending_.has_value() || pending_->epoch != epoch || pending_->phase != Phase::kStoring) {
    return {};
  }
  if (!stored.ok()) {
    return Abort(absl::StrCat("cannot store the manifest: ", stored.status().message()), now);
  }
  pending_->phase = Phase::kCommitting;
  pending_->stored = *std::move(stored);
  CommitManifest commit{.epoch = epoch};
  const size_t kept = static_cast<size_t>(std::max(options_.retained, 1)) - 1;
  const size_t dropped = retained_.size() > kept ? retained_.size() - kept : 0;
  for (size_t i = dropped; i < retained_.size(); ++i) commit.retained.push_back(retained_[i].ref);
  commit.retained.push_back(pending_->stored->ref);
  if (SeededBug("garbage_before_commit")) return {GarbageBefore(*pending_->stored), commit};
  return {std::move(commit)};
}

CheckpointCore::Actions CheckpointCore::OnCommitted(Epoch epoch, const absl::Status& status,
                                                    absl::Duration now) {
  if (!pending_.has_value() || pending_->epoch != epoch || pending_->phase != Phase::kCommitting) {
    return {};
  }
  if (!status.ok()) return Abort(absl::StrCat("cannot commit: ", status.message()), now);
  return Complete(now);
}

Epoch CheckpointCore::RequestOne() {
  if (!running_ || final_over_) return Epoch(0);
  requested_ = true;
  return Epoch(next_epoch_);
}

CheckpointCore::Actions CheckpointCore::RequestFinal(absl::Duration now) {
  final_requested_ = true;
  return Tick(now);
}

CheckpointCore::Actions CheckpointCore::Complete(absl::Duration now) {
  const Pending done = *std::move(pending_);
  pending_.reset();
  Retain(*done.stored);
  // A worker's flag may speak of what it read before the barrier: one checkpoint more than needed,
  // never one less.
  moved_ |= done.moved;
  due_ = std::max(due_, now + options_.min_pause);
  Actions actions = {SendDurable{done.epoch},
                     CheckpointCompleted{.ref = done.stored->ref,
                                         .state_bytes = done.stored->state_bytes,
                                         .duration = now - done.started}};
  if (done.final) {
    final_over_ = true;
    actions.push_back(FinalCheckpointCompleted{done.epoch});
  }
  if (std::optional<CollectGarbage> garbage = Garbage(); garbage.has_value()) {
    actions.push_back(*std::move(garbage));
  }
  return actions;
}

CheckpointCore::Actions CheckpointCore::Abort(const std::string& reason, absl::Duration now) {
  const Pending given_up = *std::move(pending_);
  pending_.reset();
  moved_ = true;
  due_ = std::max(due_, now + options_.min_pause);
  Actions actions = {AbortEpoch{given_up.epoch},
                     CheckpointFailed{.epoch = given_up.epoch, .reason = reason}};
  if (given_up.final) {
    final_over_ = true;
    actions.push_back(FinalCheckpointFailed{reason});
  }
  return actions;
}

void CheckpointCore::Retain(const StoredManifest& stored) {
  retained_.push_back({.ref = stored.ref, .files = stored.files});
  while (retained_.size() > static_cast<size_t>(std::max(options_.retained, 1))) {
    const RetainedManifest& oldest = retained_.front();
    if (oldest.files.has_value()) let_go_.insert(oldest.files->begin(), oldest.files->end());
    retained_.erase(retained_.begin());
  }
}

std::optional<CollectGarbage> CheckpointCore::Garbage() {
  if (++completed_since_garbage_ < options_.collect_garbage_every) return std::nullopt;
  CollectGarbage garbage{.latest = retained_.back().ref.epoch};
  for (const RetainedManifest& kept : retained_) {
    if (!kept.files.has_value()) return std::nullopt;
    garbage.retained.insert(kept.ref.path);
    garbage.retained.insert(kept.files->begin(), kept.files->end());
  }
  completed_since_garbage_ = 0;
  garbage.let_go = std::exchange(let_go_, {});
  for (auto it = garbage.let_go.begin(); it != garbage.let_go.end();) {
    // Still named by a younger manifest: its turn comes when that one goes.
    it = garbage.retained.contains(*it) ? garbage.let_go.erase(it) : std::next(it);
  }
  return garbage;
}

}  // namespace millrace
