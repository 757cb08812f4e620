#include <pthread.h>

#include <deque>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/base/executor.h"

namespace millrace {
namespace {

class ThreadPool final : public Executor {
 public:
  ThreadPool(std::string name, int threads) {
    for (int n = 0; n < threads; ++n) {
      threads_.emplace_back([this, thread_name = absl::StrCat(name, "-", n).substr(0, 15)] {
        pthread_setname_np(pthread_self(), thread_name.c_str());
        Run();
      });
    }
  }

  ~ThreadPool() override {
    // Dropped without the lock: what work holds may post when it goes.
    std::deque<absl::AnyInvocable<void()>> ready;
    std::multimap<absl::Duration, absl::AnyInvocable<void()>> delayed;
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      changed_.SignalAll();
      ready.swap(ready_);
      delayed.swap(delayed_);
    }
    for (std::thread& thread : threads_) thread.join();
  }

  void Post(absl::AnyInvocable<void()> work) override {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    ready_.push_back(std::move(work));
    changed_.Signal();
  }

  void PostAfter(absl::Duration delay, absl::AnyInvocable<void()> work) override {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    delayed_.emplace(SystemClock().Monotonic() + delay, std::move(work));
    changed_.Signal();
  }

 private:
  void Run() {
    while (true) {
      absl::AnyInvocable<void()> work;
      {
        absl::MutexLock lock(&mutex_);
        PromoteDue();
        while (!stopping_ && ready_.empty()) {
          changed_.WaitWithTimeout(&mutex_, UntilNext());
          PromoteDue();
        }
        if (stopping_) return;
        work = std::move(ready_.front());
        ready_.pop_front();
      }
      work();
    }
  }

  void PromoteDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Duration now = SystemClock().Monotonic();
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
      ready_.push_back(std::move(delayed_.begin()->second));
      delayed_.erase(delayed_.begin());
    }
  }

  absl::Duration UntilNext() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    if (delayed_.empty()) return absl::InfiniteDuration();
    return delayed_.begin()->first - SystemClock().Monotonic();
  }

  absl::Mutex mutex_;
  absl::CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<absl::AnyInvocable<void()>> ready_ ABSL_GUARDED_BY(mutex_);
  std::multimap<absl::Duration, absl::AnyInvocable<void()>> delayed_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Executor> NewThreadPool(std::string name, int threads) {
  return std::make_unique<ThreadPool>(std::move(name), threads);
}

}  // namespace millrace
