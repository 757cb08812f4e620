// The one thread on which the coordinator decides: jobs, checkpoints and the worker registry live
// on it and need no locks. Thread-safe.
//
// It can be closed before its executor and others are destroyed: work posted later, or waiting
// then, is dropped, so that nothing is posted from it to an executor that is going away.
#pragma once

#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "common/base/executor.h"

namespace millrace {

class DecisionThread {
 public:
  // REQUIRES: `executor` keeps the order of posting and runs one work at a time.
  explicit DecisionThread(Executor& executor) : executor_(executor) {}

  void Post(absl::AnyInvocable<void()> work) {
    executor_.Post([this, work = std::move(work)]() mutable {
      if (!closed_) work();
    });
  }

  void PostAfter(absl::Duration delay, absl::AnyInvocable<void()> work) {
    executor_.PostAfter(delay, [this, work = std::move(work)]() mutable {
      if (!closed_) work();
    });
  }

  // Nothing runs after `done`, which runs on the thread.
  void Close(absl::AnyInvocable<void()> done) {
    executor_.Post([this, done = std::move(done)]() mutable {
      closed_ = true;
      done();
    });
  }

 private:
  Executor& executor_;
  bool closed_ = false;  // Touched on the thread only.
};

}  // namespace millrace
