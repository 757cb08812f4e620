#include "worker/task/worker_runtime.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/log/log.h"
#include "common/log/log_scope.h"
#include "worker/state/rocksdb_spill_store.h"
#include "worker/task/job_attempt.h"

namespace millrace {
namespace {

// Of the memory for keyed state, what RocksDB keeps of the entries that are not in RAM. The rest is
// for entries in RAM, where every update happens.
constexpr int64_t kCachePart = 4;
constexpr int64_t kCacheBytesWithoutLimit = int64_t{64} << 20;

int64_t CacheBytes(int64_t state_memory_bytes) {
  return state_memory_bytes == 0 ? kCacheBytesWithoutLimit : state_memory_bytes / kCachePart;
}

}  // namespace

WorkerRuntime::WorkerRuntime(WorkerRuntimeOptions options)
    : options_(std::move(options)),
      state_memory_(options_.state_memory_bytes - options_.state_memory_bytes / kCachePart),
      spill_(NewRocksDbSpillStores(CacheBytes(options_.state_memory_bytes))),
      io_(CarryLogScope(NewThreadPool("io", options_.io_threads))) {
  CHECK_GT(options_.cores, 0);
  const absl::Status emptied = options_.files->RemoveTree(options_.state_dir);
  if (!emptied.ok()) LOG_WARNING("cannot remove what former attempts left", {{"error", emptied}});
  for (int core = 0; core < options_.cores; ++core) {
    cores_.push_back(NewThreadPool(absl::StrCat("core-", core), 1));
  }
}

WorkerRuntime::~WorkerRuntime() {
  CancelAll();
  // Tasks release what they hold on the io executor; nothing may outlive the executors. There is no
  // time limit, as the executors would wait for the same work.
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](std::map<AttemptId, std::shared_ptr<JobAttempt>>* attempts) { return attempts->empty(); },
      &attempts_));
}

void WorkerRuntime::Deploy(Deployment deployment) {
  const bool concerns_this = std::any_of(
      deployment.placements.begin(), deployment.placements.end(),
      [this](const TaskPlacement& placement) { return placement.worker == options_.worker; });
  if (!concerns_this) return;  // An attempt without tasks would never end.
  JobAttempt::Environment environment{.options = &options_,
                                      .io = io_.get(),
                                      .state_memory = &state_memory_,
                                      .spill = spill_.get(),
                                      .materializations = &materializations_};
  for (const auto& core : cores_) environment.cores.push_back(core.get());
  environment.on_ended = [this](const AttemptId& ended) {
    absl::MutexLock lock(&mutex_);
    attempts_.erase(ended);
  };
  const AttemptId id{deployment.job, deployment.attempt};
  auto attempt = std::make_shared<JobAttempt>(std::move(deployment), std::move(environment));
  {
    absl::MutexLock lock(&mutex_);
    if (!attempts_.emplace(id, attempt).second) return;  // Delivered twice.
    checkpoint_dir_ = attempt->checkpoint_dir();
  }
  attempt->Open();
}

void WorkerRuntime::Start(const AttemptId& attempt) {
  if (const auto found = Find(attempt)) found->Start();
}

void WorkerRuntime::Cancel(const AttemptId& attempt) {
  if (const auto found = Find(attempt)) found->Cancel();
}

void WorkerRuntime::TriggerCheckpoint(const AttemptId& attempt, Barrier barrier) {
  if (const auto found = Find(attempt)) found->TriggerCheckpoint(barrier);
}

void WorkerRuntime::AbortCheckpoint(const AttemptId& attempt, Epoch epoch) {
  if (const auto found = Find(attempt)) found->AbortCheckpoint(epoch);
}

void WorkerRuntime::OnDurable(const AttemptId& attempt, Epoch epoch, Term term) {
  if (const auto found = Find(attempt)) found->OnDurable(epoch, term);
}

void WorkerRuntime::CancelAll() {
  std::vector<std::shared_ptr<JobAttempt>> attempts;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, attempt] : attempts_) attempts.push_back(attempt);
  }
  for (const auto& attempt : attempts) attempt->Cancel();
}

std::vector<AttemptProgress> WorkerRuntime::progress() const {
  std::vector<AttemptProgress> progress;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, attempt] : attempts_) progress.push_back(attempt->progress());
  return progress;
}

RuntimeUsage WorkerRuntime::usage() const {
  absl::MutexLock lock(&mutex_);
  return {.state_bytes = state_memory_.used_bytes(),
          .state_cache_bytes = spill_->cache_bytes(),
          .checkpoint_dir = checkpoint_dir_};
}

std::shared_ptr<JobAttempt> WorkerRuntime::Find(const AttemptId& attempt) const {
  absl::MutexLock lock(&mutex_);
  const auto found = attempts_.find(attempt);
  return found == attempts_.end() ? nullptr : found->second;
}

}  // namespace millrace
