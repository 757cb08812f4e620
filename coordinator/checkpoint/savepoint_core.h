// Decides when a savepoint of a running job is complete. Pure: events and the current time in,
// actions out. Not thread-safe. One per job, beside its CheckpointCore.
//
//   idle --Request--> checkpoint E is awaited --committed--> its files are linked
//        --nothing up to E waits to be published--> its manifest is written --> complete
//
// A savepoint must have nothing left to publish: it may be restored years later, when the output
// has forgotten its markers. So its manifest, which makes it a savepoint, is written only once a
// later checkpoint has shown that everything up to E is out. Whatever fails before that fails the
// savepoint, and never the job.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"

namespace millrace {

// The first epoch with output that waits to be published, as far as the manifest knows.
std::optional<Epoch> FirstUnpublished(const Manifest& manifest);

// Take a checkpoint soon, whether or not anything moved.
struct AskForCheckpoint {};
// Put the files of checkpoint `epoch` into the savepoint's folder, before garbage collection may
// take them; then OnLinked.
struct LinkSavepoint {
  Epoch epoch;
};
// Write the manifest of `epoch` there; then OnWritten.
struct WriteSavepoint {
  Epoch epoch;
};
// Remove what was linked.
struct DropSavepoint {
  Epoch epoch;
};
// Tell who asked.
struct SavepointOver {
  Epoch epoch;
  absl::Status status;
};

using SavepointAction =
    std::variant<AskForCheckpoint, LinkSavepoint, WriteSavepoint, DropSavepoint, SavepointOver>;

struct SavepointOptions {
  absl::Duration look_again = absl::Seconds(1);      // Between checkpoints that are asked for.
  absl::Duration publish_limit = absl::Minutes(10);  // For all output up to E to be out.
};

class SavepointCore {
 public:
  using Actions = std::vector<SavepointAction>;

  explicit SavepointCore(SavepointOptions options) : options_(options) {}

  bool idle() const { return phase_ == Phase::kIdle; }

  // The first checkpoint of epoch `wanted` or later is to become a savepoint. REQUIRES: idle.
  void Request(Epoch wanted);

  // A checkpoint is committed; `unpublished` is FirstUnpublished of its manifest.
  Actions OnCommitted(Epoch epoch, std::optional<Epoch> unpublished, absl::Duration now);
  // One has failed, or could not begin (epoch 0).
  Actions OnCheckpointFailed(Epoch epoch, const std::string& reason);
  Actions OnLinked(Epoch epoch, const absl::Status& status, absl::Duration now);
  Actions OnWritten(Epoch epoch, const absl::Status& status);
  // No checkpoint follows in this execution.
  Actions OnExecutionOver();
  Actions Tick(absl::Duration now);

 private:
  enum class Phase : uint8_t { kIdle, kAwaitingCheckpoint, kLinking, kAwaitingOutput, kWriting };

  Actions Write();
  Actions Fail(absl::Status status);

  const SavepointOptions options_;
  Phase phase_ = Phase::kIdle;
  Epoch epoch_;  // Wanted at least, later the checkpoint's own.
  bool published_ = false;
  absl::Duration committed_at_;
  absl::Duration ask_at_;
};

}  // namespace millrace
