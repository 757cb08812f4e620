// An executor without threads: work waits until the test runs it. Not thread-safe.
//
//   FakeClock clock;
//   ManualExecutor executor(clock);
//   executor.RunReady();                   // All that is due now, and what that posts.
//   executor.Advance(absl::Seconds(2));    // The clock moves from timer to timer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <utility>

#include "absl/time/time.h"
#include "common/base/executor.h"
#include "tests/harness/fake_clock.h"

namespace millrace {

class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(FakeClock& clock) : clock_(clock) {}

  void Post(absl::AnyInvocable<void()> work) override { ready_.push_back(std::move(work)); }
  void PostAfter(absl::Duration delay, absl::AnyInvocable<void()> work) override {
    delayed_.emplace(clock_.Monotonic() + delay, std::move(work));
  }

  size_t ready() const { return ready_.size(); }

  // False if nothing is due.
  bool RunOne() {
    while (!delayed_.empty() && delayed_.begin()->first <= clock_.Monotonic()) {
      ready_.push_back(std::move(delayed_.begin()->second));
      delayed_.erase(delayed_.begin());
    }
    if (ready_.empty()) return false;
    absl::AnyInvocable<void()> work = std::move(ready_.front());
    ready_.pop_front();
    work();
    return true;
  }

  void RunReady() {
    while (RunOne()) {
    }
  }

  // Runs what is due, then lets time pass, stopping at every timer on the way.
  void Advance(absl::Duration by) {
    const absl::Duration end = clock_.Monotonic() + by;
    RunReady();
    while (clock_.Monotonic() < end) {
      const absl::Duration next = delayed_.empty() ? end : std::min(delayed_.begin()->first, end);
      clock_.Advance(next - clock_.Monotonic());
      RunReady();
    }
  }

 private:
  FakeClock& clock_;
  std::deque<absl::AnyInvocable<void()>> ready_;
  std::multimap<absl::Duration, absl::AnyInvocable<void()>> delayed_;
};

}  // namespace millrace
