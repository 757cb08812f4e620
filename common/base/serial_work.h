// Work that may block, done one piece after the other on an executor of several threads. The first
// failure is final: nothing after it is done. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/base/executor.h"

namespace millrace {

class SerialWork : public std::enable_shared_from_this<SerialWork> {
 public:
  using Piece = absl::AnyInvocable<absl::Status()>;

  // `on_progress` is called after every piece, from the executor.
  SerialWork(Executor& executor, std::function<void()> on_progress)
      : executor_(executor), on_progress_(std::move(on_progress)) {}

  // Returns the number of pieces posted so far, this one included: it is done when done() reaches
  // that. `bytes` is what it holds in memory until then.
  int64_t Post(int64_t bytes, Piece piece);

  int64_t done() const;
  int64_t backlog_bytes() const;
  absl::Status status() const;

  // Waits until everything posted is done, and helps: so it may be called on a thread of the
  // executor. The status.
  absl::Status Drain();

 private:
  struct Posted {
    int64_t bytes = 0;
    Piece piece;
  };

  // Does pieces until none is left, unless another thread is at it, which then does them all.
  void Run();

  Executor& executor_;
  const std::function<void()> on_progress_;
  mutable absl::Mutex mutex_;
  std::deque<Posted> queue_ ABSL_GUARDED_BY(mutex_);
  bool active_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t posted_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t backlog_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
