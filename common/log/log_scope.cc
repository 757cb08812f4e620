#include "common/log/log_scope.h"

#include <utility>

namespace millrace {
namespace {

thread_local const LogScope* innermost = nullptr;

class CarryingExecutor final : public Executor {
 public:
  explicit CarryingExecutor(std::unique_ptr<Executor> executor) : executor_(std::move(executor)) {}

  void Post(absl::AnyInvocable<void()> work) override {
    executor_->Post(InLogScope(std::move(work)));
  }
  void PostAfter(absl::Duration delay, absl::AnyInvocable<void()> work) override {
    executor_->PostAfter(delay, InLogScope(std::move(work)));
  }

 private:
  const std::unique_ptr<Executor> executor_;
};

}  // namespace

LogScope::LogScope(LogFields fields) : fields_(std::move(fields)), outer_(innermost) {
  innermost = this;
}

LogScope::~LogScope() { innermost = outer_; }

LogFields LogScope::Current() { return innermost == nullptr ? nullptr : innermost->fields_; }

absl::AnyInvocable<void()> InLogScope(absl::AnyInvocable<void()> work) {
  LogFields fields = LogScope::Current();
  if (fields == nullptr) return work;
  return [fields = std::move(fields), work = std::move(work)]() mutable {
    const LogScope scope(fields);
    work();
  };
}

std::unique_ptr<Executor> CarryLogScope(std::unique_ptr<Executor> executor) {
  return std::make_unique<CarryingExecutor>(std::move(executor));
}

}  // namespace millrace
