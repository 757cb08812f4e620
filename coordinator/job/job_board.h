// Where drivers show how their jobs are, for everybody who only wants to look: no reader waits for
// a decision, no decision waits for a reader. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/strong_id.h"
#include "coordinator/job/job_view.h"

namespace millrace {

class JobBoard {
 public:
  // Called under the board's lock: must be short and must not call the board.
  using Watcher = std::function<void(const JobViewPtr&)>;
  using WatchId = StrongId<struct WatchIdTag, int64_t>;

  enum class News : uint8_t {
    kNumbers,  // Counters and watermarks only: watchers are not called.
    kEvent,    // State, message, attempt, a checkpoint.
  };

  void Publish(JobViewPtr view, News news);
  void Remove(const JobId& job);

  JobViewPtr Find(const JobId& job) const;                        // Null: there is none.
  JobViewPtr FindByRequest(const std::string& request_id) const;  // Null: there is none.
  std::vector<JobViewPtr> List() const;                           // Newest first.

  // Calls `watcher` with the job as it is now, then at every event. Nothing: there is no such job.
  std::optional<WatchId> Watch(const JobId& job, Watcher watcher);
  // The watcher is not called any more when this has returned.
  void Unwatch(WatchId watch);

 private:
  struct Watching {
    JobId job;
    Watcher watcher;
  };

  mutable absl::Mutex mutex_;
  std::map<JobId, JobViewPtr> jobs_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, JobId> by_request_ ABSL_GUARDED_BY(mutex_);
  std::map<WatchId, Watching> watches_ ABSL_GUARDED_BY(mutex_);
  int64_t last_watch_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace
