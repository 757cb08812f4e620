#include "worker/sink/kafka/call_watchdog.h"

#include <unistd.h>

#include <utility>

#include "common/log/log.h"

namespace millrace {
namespace {

// EX_SOFTWARE of sysexits: told from kill -9 in the exit code.
constexpr int kExitHung = 70;

}  // namespace

struct CallWatchdog::State {
  explicit State(Options o) : options(std::move(o)) {}
  const Options options;
  std::atomic<bool> ended = false;
  std::atomic<const char*> call = nullptr;  // Null: none is under way.
  std::atomic<int64_t> began_ns = 0;
};

CallWatchdog::CallWatchdog(Options options) : state_(std::make_shared<State>(std::move(options))) {
  Look(state_);
}

CallWatchdog::~CallWatchdog() { state_->ended = true; }

void CallWatchdog::Look(const std::shared_ptr<State>& state) {
  if (state->ended) return;
  const char* const call = state->call;
  if (call != nullptr) {
    const absl::Duration began = absl::Nanoseconds(state->began_ns.load());
    if (state->options.clock->Monotonic() - began > state->options.limit) {
      state->options.on_hang(call);
      return;
    }
  }
  state->options.timer->PostAfter(state->options.limit / 4, [state] { Look(state); });
}

CallWatchdog::Guard::Guard(CallWatchdog& watchdog, const char* name) : watchdog_(watchdog) {
  State& state = *watchdog_.state_;
  state.began_ns = absl::ToInt64Nanoseconds(state.options.clock->Monotonic());
  state.call = name;
}

CallWatchdog::Guard::~Guard() { watchdog_.state_->call = nullptr; }

void EndHungProcess(const char* call) {
  LOG_ERROR("a call of the Kafka client does not come back; this process ends, its tasks restart",
            {{"call", call}});
  ::_exit(kExitHung);
}

}  // namespace millrace
