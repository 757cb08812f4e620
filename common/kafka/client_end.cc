#include "common/kafka/client_end.h"

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/base/executor.h"

namespace millrace {
namespace {

// What one end needs while it is under way.
struct End {
  absl::Notification done;
  std::shared_ptr<void> used;
  std::unique_ptr<Executor> thread;
};

// Ends that did not come. Never destroyed: their threads run on until the process ends.
class Abandoned {
 public:
  void Add(std::shared_ptr<End> end) {
    absl::MutexLock lock(&mutex_);
    ends_.push_back(std::move(end));
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::shared_ptr<End>> ends_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

bool EndClient(absl::AnyInvocable<void()> destroy, std::shared_ptr<void> used,
               absl::Duration limit) {
  auto end = std::make_shared<End>();
  end->used = std::move(used);
  end->thread = NewThreadPool("kafka-end", 1);
  end->thread->Post([end = end.get(), destroy = std::move(destroy)]() mutable {
    destroy();
    end->done.Notify();
  });
  if (end->done.WaitForNotificationWithTimeout(limit)) return true;
  static Abandoned& abandoned = *new Abandoned;
  abandoned.Add(std::move(end));
  return false;
}

}  // namespace millrace
