// A question to a broker that is asked on the io executor, one at a time, because it blocks.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "common/base/executor.h"

namespace millrace {

// One thread asks and takes the answer. May be destroyed while the question is under way: what
// `question` captures must live by itself.
template <typename Answer>
class BackgroundQuestion {
 public:
  // REQUIRES: !busy().
  void Ask(Executor& io, absl::AnyInvocable<Answer()> question) {
    busy_ = true;
    io.Post([inbox = inbox_, question = std::move(question)]() mutable {
      Answer answer = question();
      absl::MutexLock lock(&inbox->mutex);
      inbox->answer = std::move(answer);
    });
  }

  bool busy() const { return busy_; }

  // The answer, once.
  std::optional<Answer> Take() {
    if (!busy_) return std::nullopt;
    absl::MutexLock lock(&inbox_->mutex);
    busy_ = !inbox_->answer.has_value();
    return std::exchange(inbox_->answer, std::nullopt);
  }

 private:
  struct Inbox {
    absl::Mutex mutex;
    std::optional<Answer> answer ABSL_GUARDED_BY(mutex);
  };

  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  bool busy_ = false;
};

}  // namespace millrace
