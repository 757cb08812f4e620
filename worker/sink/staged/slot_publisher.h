// Carries out what a SlotCore decides, on a thread of its own. Thread-safe.
//
// A publisher that is let go ends on its own: its thread keeps what it needs, finishes the call it
// is in, and does nothing more. What it may have left half-done is what the next instance fences
// off. A call that does not come back within TransactionalOutput::kCallLimit ends the process: the
// client is known to hang for ever in places, and a restart is what the protocol is made for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/io/file_system.h"
#include "common/metrics/metrics.h"
#include "worker/sink/staged/slot_core.h"
#include "worker/sink/staged/transactional_output.h"

namespace millrace {

class SlotPublisher {
 public:
  struct Options {
    SlotOptions slot;
    SlotStart start;
    std::string target;             // The topic, as segments name it.
    std::string checkpoint_folder;  // The job's.
    FileSystem* files = nullptr;
    const Clock* clock = nullptr;
    std::function<void()> on_news;  // Something below may have changed. From the slot's thread.
  };

  SlotPublisher(Options options, std::unique_ptr<TransactionalOutput> output);
  ~SlotPublisher();

  void OnSealed(SegmentRef segment);
  void OnDurable(Epoch epoch, Term term);

  absl::Status status() const;  // Why it has stopped for good.
  std::string trouble() const;
  bool accepts() const;
  Epoch published_through() const;
  std::vector<SegmentRef> unpublished() const;

  // Waits until the start is settled, or it has stopped, or `deadline` is over (kUnavailable with
  // what is in the way).
  absl::Status WaitUntilSettled(absl::Duration timeout);
  // Waits until everything durable is published, or it has stopped. REQUIRES: nothing is sealed or
  // durable any more that is not yet.
  absl::Status WaitUntilIdle();

 private:
  class Shared;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace millrace
