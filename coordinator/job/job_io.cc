#include "coordinator/job/job_io.h"

namespace millrace {

void JobIo::Enqueue(absl::AnyInvocable<void()> work) {
  absl::MutexLock lock(&mutex_);
  queue_.push_back(std::move(work));
  if (running_) return;
  running_ = true;
  io_.Post([this] { RunNext(); });
}

// One piece at a time, so that a busy job does not keep a thread of the pool for itself.
void JobIo::RunNext() {
  absl::AnyInvocable<void()> work;
  {
    absl::MutexLock lock(&mutex_);
    work = std::move(queue_.front());
    queue_.pop_front();
  }
  work();
  absl::MutexLock lock(&mutex_);
  running_ = !queue_.empty();
  if (running_) io_.Post([this] { RunNext(); });
}

}  // namespace millrace
