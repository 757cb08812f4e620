// The blocking work of one job: on the io executor, one at a time in the order of asking, results
// back on the decision thread. So a restore that follows a commit reads what that commit has done.
// Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "common/base/executor.h"
#include "coordinator/job/decision_thread.h"

namespace millrace {

class JobIo {
 public:
  JobIo(Executor& io, DecisionThread& decisions) : io_(io), decisions_(decisions) {}

  // `work()` there, then `done(result)` here.
  template <typename Work, typename Done>
  void Run(Work work, Done done) {
    Enqueue([this, work = std::move(work), done = std::move(done)]() mutable {
      decisions_.Post(
          [done = std::move(done), result = work()]() mutable { done(std::move(result)); });
    });
  }

 private:
  void Enqueue(absl::AnyInvocable<void()> work);
  void RunNext();

  Executor& io_;
  DecisionThread& decisions_;
  absl::Mutex mutex_;
  std::deque<absl::AnyInvocable<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace
