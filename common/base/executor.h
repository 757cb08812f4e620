// Where work runs. Pure cores never see one; adapters and drivers are given one, so that the
// simulation can run them all in one thread.
#pragma once

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace millrace {

// Thread-safe. Work posted after or during destruction is dropped.
class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `work` soon. On a single-threaded executor, in the order of posting.
  virtual void Post(absl::AnyInvocable<void()> work) = 0;

  // Runs `work` once `delay` has passed.
  virtual void PostAfter(absl::Duration delay, absl::AnyInvocable<void()> work) = 0;
};

// An executor over `threads` real threads named "<name>-<n>"; one thread keeps the order of
// posting. The destructor drops what has not begun and waits for what has.
std::unique_ptr<Executor> NewThreadPool(std::string name, int threads);

}  // namespace millrace
