// Carries out what a SlotCore decides, on a thread of its own. Thread-safe.
//
// Its destructor stops the call under way and waits for it. What that leaves half-done is what the
// next instance of the slot fences off.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/io/file_system.h"
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
  bool accepts() const;
  Epoch published_through() const;
  std::vector<SegmentRef> unpublished() const;

  // Waits until the start is settled, or it has stopped, or `deadline` is over (kUnavailable with
  // what is in the way).
  absl::Status WaitUntilSettled(absl::Duration timeout);
  bool idle() const;

 private:
  class Shared;
  const std::shared_ptr<Shared> shared_;
  const std::unique_ptr<Executor> thread_;  // Destroyed first: waits for the call under way.
};

}  // namespace millrace
