#include "worker/checkpoint/epoch_writer.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/check.h"
#include "common/base/seeded_bug.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/paths.h"
#include "common/checkpoint/section_file.h"

namespace millrace {
namespace {

// What the local tasks have contributed to an epoch.
struct Parts {
  struct Part {
    TaskSnapshot snapshot;
    std::unique_ptr<FrozenState> frozen;
  };
  Epoch epoch;
  std::map<TaskId, Part> by_task;
};

// Adds what restores the keyed state of a task's operators to the rest of its snapshot. `states` is
// in the order of the chain, and so is what the snapshot has already.
void FillIn(std::vector<OperatorState> states, TaskSnapshot& snapshot) {
  size_t at = 0;
  for (OperatorState& state : states) {
    const auto found =
        std::find_if(snapshot.operators.begin(), snapshot.operators.end(),
                     [&](const OperatorSnapshot& each) { return each.state_id == state.state_id; });
    if (found == snapshot.operators.end()) {
      snapshot.operators.insert(snapshot.operators.begin() + static_cast<ptrdiff_t>(at),
                                {.state_id = state.state_id});
    } else {
      at = static_cast<size_t>(found - snapshot.operators.begin());
    }
    snapshot.operators[at].keyed.push_back(std::move(state.state));
    ++at;
  }
}

}  // namespace

// Held by the writer and by the work it has on the io executor.
class EpochWriter::Core : public std::enable_shared_from_this<EpochWriter::Core> {
 public:
  explicit Core(Options options) : options_(std::move(options)) {}

  void Add(Epoch epoch, TaskSnapshot snapshot, std::unique_ptr<FrozenState> frozen);
  void Abort(Epoch epoch);

 private:
  void AbortLocked(Epoch epoch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Release(Parts parts) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteNext();
  absl::StatusOr<std::vector<TaskSnapshot>> Write(Parts& parts);
  absl::Status CommitLater(SectionFile file);  // Seeded bug.

  const Options options_;
  absl::Mutex mutex_;
  Epoch over_ ABSL_GUARDED_BY(mutex_);  // Epochs up to this one are aborted or done.
  std::map<Epoch, Parts> collecting_ ABSL_GUARDED_BY(mutex_);
  std::deque<Parts> complete_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
};

EpochWriter::EpochWriter(Options options) : core_(std::make_shared<Core>(std::move(options))) {}

EpochWriter::~EpochWriter() { core_->Abort(Epoch(std::numeric_limits<int64_t>::max())); }

void EpochWriter::Add(Epoch epoch, TaskSnapshot snapshot, std::unique_ptr<FrozenState> frozen) {
  core_->Add(epoch, std::move(snapshot), std::move(frozen));
}

void EpochWriter::Abort(Epoch epoch) { core_->Abort(epoch); }

void EpochWriter::Core::Add(Epoch epoch, TaskSnapshot snapshot,
                            std::unique_ptr<FrozenState> frozen) {
  absl::MutexLock lock(&mutex_);
  const TaskId task = snapshot.task;
  Parts::Part part{.snapshot = std::move(snapshot), .frozen = std::move(frozen)};
  if (epoch <= over_) {
    Parts late{.epoch = epoch};
    late.by_task.emplace(task, std::move(part));
    Release(std::move(late));
    return;
  }
  // There is one epoch at a time: one that follows tells that those before it have been aborted.
  AbortLocked(Epoch(epoch.value() - 1));
  Parts& parts = collecting_[epoch];
  parts.epoch = epoch;
  const bool is_new = parts.by_task.emplace(task, std::move(part)).second;
  CHECK(is_new);
  if (parts.by_task.size() < options_.tasks.size()) return;
  complete_.push_back(std::move(collecting_.extract(epoch).mapped()));
  if (std::exchange(writing_, true)) return;
  options_.io->Post([self = shared_from_this()] { self->WriteNext(); });
}

void EpochWriter::Core::Abort(Epoch epoch) {
  absl::MutexLock lock(&mutex_);
  AbortLocked(epoch);
}

void EpochWriter::Core::AbortLocked(Epoch epoch) {
  over_ = std::max(over_, epoch);
  while (!collecting_.empty() && collecting_.begin()->first <= over_) {
    Release(std::move(collecting_.extract(collecting_.begin()).mapped()));
  }
  while (!complete_.empty() && complete_.front().epoch <= over_) {
    Release(std::move(complete_.front()));
    complete_.pop_front();
  }
}

// Frozen state may hold much memory: it goes where it may take its time.
void EpochWriter::Core::Release(Parts parts) {
  options_.io->Post([parts = std::move(parts)]() mutable { parts.by_task.clear(); });
}

void EpochWriter::Core::WriteNext() {
  Parts parts;
  {
    absl::MutexLock lock(&mutex_);
    if (complete_.empty()) {
      writing_ = false;
      return;
    }
    parts = std::move(complete_.front());
    complete_.pop_front();
  }
  absl::StatusOr<std::vector<TaskSnapshot>> written = Write(parts);
  const Epoch epoch = parts.epoch;
  parts.by_task.clear();  // Before anyone hears of it: the next epoch may follow at once.
  bool aborted = false;
  {
    absl::MutexLock lock(&mutex_);
    aborted = epoch <= over_;
    over_ = std::max(over_, epoch);
  }
  if (!aborted) options_.done(epoch, std::move(written));
  options_.io->Post([self = shared_from_this()] { self->WriteNext(); });
}

absl::StatusOr<std::vector<TaskSnapshot>> EpochWriter::Core::Write(Parts& parts) {
  const FileOrigin origin{.epoch = parts.epoch,
                          .term = options_.term,
                          .attempt = options_.attempt,
                          .worker = options_.worker};
  SectionFile file(*options_.files, options_.checkpoint_dir, DeltaPath(origin));
  std::vector<TaskSnapshot> snapshots;
  for (auto& [task, part] : parts.by_task) {
    if (part.frozen != nullptr) {
      ASSIGN_OR_RETURN(std::vector<OperatorState> states, part.frozen->Write(file));
      FillIn(std::move(states), part.snapshot);
    }
    snapshots.push_back(std::move(part.snapshot));
  }
  RETURN_IF_ERROR(SeededBug("ack_before_write") ? CommitLater(std::move(file)) : file.Commit());
  for (auto& [task, part] : parts.by_task) {
    if (part.frozen != nullptr) part.frozen->OnWritten();
  }
  return snapshots;
}

absl::Status EpochWriter::Core::CommitLater(SectionFile file) {
  options_.io->PostAfter(absl::Milliseconds(500),
                         [late = std::move(file)]() mutable { late.Commit().IgnoreError(); });
  return absl::OkStatus();
}

}  // namespace millrace
