// Lines of a result on their way from the tasks that make them to the shell that shows them.
// Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/synchronization/mutex.h"

namespace millrace {

class ResultQueue {
 public:
  // Waits while too much has not been taken: a query is not faster than its reader.
  void Write(std::string_view lines) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &ResultQueue::MayWrite));
    if (open_) lines_ += lines;
  }

  // All lines that have come.
  std::string Take() {
    absl::MutexLock lock(&mutex_);
    std::string taken;
    taken.swap(lines_);
    return taken;
  }

  // From now on lines are kept, or thrown away: nobody wants those of a query that was ended.
  void Open() { Set(true); }
  void Close() { Set(false); }

 private:
  static constexpr size_t kBytesMax = 4 << 20;

  bool MayWrite() const { return !open_ || lines_.size() < kBytesMax; }
  void Set(bool open) {
    absl::MutexLock lock(&mutex_);
    open_ = open;
    lines_.clear();
  }

  absl::Mutex mutex_;
  std::string lines_;
  bool open_ = false;
};

}  // namespace millrace
