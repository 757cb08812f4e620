// Decides when a job takes a checkpoint, when one is complete, and what follows. Pure: events and
// the current time in, actions out. Not thread-safe. One per job; every attempt of the job is one
// execution here.
//
//   idle --due--> collecting --all acks--> storing --read back--> committing --compare-and-set-->
//   durable
//                     |                       |                       |
//                     +---- decline, timeout, error: aborted; the epoch is burned, the job goes on
//                     ----+
//
// One epoch at a time. None is due while nothing moves, but for one soon after a restore. A
// failed checkpoint never fails the job, with one exception: a final one, after which the sources
// have ended for good.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "coordinator/checkpoint/checkpoint_actions.h"

namespace millrace {

struct CheckpointOptions {
  absl::Duration interval = absl::Seconds(1);  // 0: only final ones.
  absl::Duration min_pause =
      absl::Milliseconds(500);                 // From the end of one to the start of the next.
  absl::Duration timeout = absl::Minutes(10);  // For all acknowledgements to come.
  int32_t retained = 2;                        // Manifests to keep. At least 1.
  int64_t epoch_block = 100;                   // Epochs reserved with one write to the store.
  int32_t collect_garbage_every = 10;          // Completed checkpoints.
};

// What is known of a manifest that is kept.
struct RetainedManifest {
  ManifestRef ref;
  std::optional<std::set<std::string>> files;  // Without it nothing is deleted while it is kept.
};

// What an execution starts with.
struct CheckpointExecution {
  std::map<WorkerId, std::set<TaskId>> tasks;
  std::vector<RetainedManifest> retained;  // Oldest first, as the store has them now.
  bool restored = false;                   // It started from a checkpoint.
};

// All tasks of one worker have taken, written and flushed their part.
struct CheckpointAck {
  WorkerId worker;
  Epoch epoch;
  std::vector<TaskSnapshot> tasks;
  bool moved = false;  // A record was read since the epoch before.
};

struct StoredManifest {
  ManifestRef ref;
  std::set<std::string> files;  // That it names.
  int64_t state_bytes = 0;
};

class CheckpointCore {
 public:
  using Actions = std::vector<CheckpointAction>;

  // `reserved`: the last epoch that may have been used, by the store.
  CheckpointCore(CheckpointOptions options, Epoch reserved)
      : options_(options), next_epoch_(reserved.value() + 1), reserved_(reserved.value()) {}

  // All tasks run now.
  void Begin(CheckpointExecution execution, absl::Duration now);
  // The execution is over, whatever is under way. Late news of it is ignored.
  void End();

  Actions Tick(absl::Duration now);

  // Any task has read, written or moved its watermark.
  void OnProgress() { moved_ = true; }

  Actions OnAck(CheckpointAck ack, absl::Duration now);
  Actions OnDecline(const WorkerId& worker, Epoch epoch, const std::string& reason,
                    absl::Duration now);
  Actions OnEpochsReserved(const absl::Status& status, Epoch last, absl::Duration now);
  Actions OnManifestStored(Epoch epoch, absl::StatusOr<StoredManifest> stored, absl::Duration now);
  Actions OnCommitted(Epoch epoch, const absl::Status& status, absl::Duration now);

  // Takes one that begins from now on, moved or not, as soon as the one under way, if any, has
  // ended. Done once the epoch returned, or a later one, is committed. 0: nothing runs.
  Epoch RequestOne();

  // Takes a last checkpoint as soon as the one under way, if any, has ended.
  Actions RequestFinal(absl::Duration now);

  std::optional<Epoch> in_progress() const;
  const std::vector<RetainedManifest>& retained() const { return retained_; }

 private:
  enum class Phase : uint8_t { kCollecting, kStoring, kCommitting };
  struct Pending {
    Epoch epoch;
    bool final = false;
    absl::Duration started;
    Phase phase = Phase::kCollecting;
    std::set<WorkerId> waiting_for;
    std::vector<TaskSnapshot> tasks;
    bool moved = false;
    std::optional<StoredManifest> stored;
  };

  bool Due(absl::Duration now) const;
  Actions Start(absl::Duration now);
  Actions Abort(const std::string& reason, absl::Duration now);
  Actions Complete(absl::Duration now);
  void Retain(const StoredManifest& stored);
  std::optional<CollectGarbage> Garbage();

  const CheckpointOptions options_;
  int64_t next_epoch_;
  int64_t reserved_;
  bool reserving_ = false;

  bool running_ = false;
  std::map<WorkerId, std::set<TaskId>> tasks_;
  absl::Duration due_;  // Not before.
  bool requested_ = false;
  bool moved_ = false;  // Since the last checkpoint began, as far as is known.
  bool final_requested_ = false;
  bool final_over_ = false;  // Completed or failed: no checkpoint follows in this execution.
  std::optional<Pending> pending_;

  std::vector<RetainedManifest> retained_;
  std::set<std::string> let_go_;
  int32_t completed_since_garbage_ = 0;
};

}  // namespace millrace
