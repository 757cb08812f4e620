// Runs work on an executor one piece at a time, in the order of posting.
//
// Materialisations of all tables of a worker go through one of these: they take long, fall due at
// the same barrier, and must not keep what tasks wait for (fetches, deltas) off the io executor.
// Thread-safe. Outlives the executor's work.
#pragma once

#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "common/base/executor.h"
#include "common/log/log_scope.h"

namespace millrace {

class MaterializationQueue {
 public:
  void Post(Executor& executor, absl::AnyInvocable<void()> work) {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(InLogScope(std::move(work)));
    if (!std::exchange(running_, true)) Schedule(executor);
  }

 private:
  void Schedule(Executor& executor) {
    executor.Post([this, &executor] { RunNext(executor); });
  }

  void RunNext(Executor& executor) {
    absl::AnyInvocable<void()> work;
    {
      absl::MutexLock lock(&mutex_);
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
    work = nullptr;  // What it holds goes before the next begins.
    absl::MutexLock lock(&mutex_);
    running_ = !waiting_.empty();
    if (running_) Schedule(executor);
  }

  absl::Mutex mutex_;
  std::deque<absl::AnyInvocable<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace
