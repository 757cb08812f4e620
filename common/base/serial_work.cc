#include "common/base/serial_work.h"

#include <utility>

namespace millrace {

int64_t SerialWork::Post(int64_t bytes, Piece piece) {
  absl::MutexLock lock(&mutex_);
  queue_.push_back({bytes, std::move(piece)});
  backlog_bytes_ += bytes;
  executor_.Post([self = shared_from_this()] { self->Run(); });
  return ++posted_;
}

void SerialWork::Run() {
  for (bool first = true;; first = false) {
    Posted next;
    bool failed = false;
    {
      absl::MutexLock lock(&mutex_);
      if (first && active_) return;
      active_ = !queue_.empty();
      if (!active_) return;
      next = std::move(queue_.front());
      queue_.pop_front();
      failed = !status_.ok();
    }
    const absl::Status status = failed ? absl::OkStatus() : next.piece();
    {
      absl::MutexLock lock(&mutex_);
      status_.Update(status);
      ++done_;
      backlog_bytes_ -= next.bytes;
    }
    on_progress_();
  }
}

absl::Status SerialWork::Drain() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto inactive = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !active_; };
      mutex_.Await(absl::Condition(&inactive));
      if (queue_.empty()) return status_;
    }
    Run();
  }
}

int64_t SerialWork::done() const {
  absl::MutexLock lock(&mutex_);
  return done_;
}

int64_t SerialWork::backlog_bytes() const {
  absl::MutexLock lock(&mutex_);
  return backlog_bytes_;
}

absl::Status SerialWork::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

}  // namespace millrace
