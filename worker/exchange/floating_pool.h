// The credit that all channels of a process share, in bytes, beyond what each owns for itself.
//
// Thread-safe. Nobody waits here: a channel that gets less than it asked for still moves by its own
// exclusive credit, so it comes back and asks again.
#pragma once

#include <algorithm>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace millrace {

class FloatingPool {
 public:
  explicit FloatingPool(int64_t bytes) : capacity_(bytes), available_(bytes) {}

  // Takes at most `wanted`, and at most half of what is left, so that the first channels under load
  // do not leave nothing to the next. Returns what was taken, possibly 0.
  int64_t Take(int64_t wanted) {
    absl::MutexLock lock(&mutex_);
    const int64_t taken = std::clamp<int64_t>(wanted, 0, available_ / 2);
    available_ -= taken;
    return taken;
  }

  void Give(int64_t bytes) {
    absl::MutexLock lock(&mutex_);
    available_ += bytes;
  }

  int64_t available() const {
    absl::MutexLock lock(&mutex_);
    return available_;
  }
  int64_t capacity() const { return capacity_; }

 private:
  const int64_t capacity_;
  mutable absl::Mutex mutex_;
  int64_t available_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
