// Ends the process when a call into the Kafka client does not come back.
//
// The client's transactional calls are known to hang or to stop on an assertion in places
// (librdkafka issues 4420, 4849). A process that ends is what checkpoints recover from; one that
// hangs holds its epoch back for ever. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/executor.h"

namespace millrace {

class CallWatchdog {
 public:
  struct Options {
    absl::Duration limit = absl::Minutes(2);
    const Clock* clock = nullptr;
    Executor* timer = nullptr;
    std::function<void(const char* call)> on_hang;  // Does not return in production.
  };

  explicit CallWatchdog(Options options);
  ~CallWatchdog();

  // The call `name` (a literal) is under way for as long as this lives. One at a time.
  class Guard {
   public:
    Guard(CallWatchdog& watchdog, const char* name);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    CallWatchdog& watchdog_;
  };

 private:
  struct State;
  static void Look(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;
};

// Logs and ends the process at once, without unwinding: for `on_hang`.
void EndHungProcess(const char* call);

}  // namespace millrace
