// Fields that every line of a thread carries for a while, so that call sites need not repeat them:
// what the line is about.
//
//   const LogScope scope(fields_);    // job and task, made once
//   LOG_WARNING("reading waits");     // job=job-1 task=2/0
//
// The innermost scope counts, alone. A field that a line gives itself wins over the scope's. Work
// that is posted takes the scope of who posts it along, if InLogScope or CarryLogScope sees to it.
#pragma once

#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "common/base/executor.h"
#include "common/log/log.h"

namespace millrace {

using LogFields = std::shared_ptr<const std::vector<LogField>>;

// On the stack of one thread. `fields` may be null: none.
class LogScope {
 public:
  explicit LogScope(LogFields fields);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

  // Those of this thread's innermost scope, or null.
  static LogFields Current();

 private:
  const LogFields fields_;
  const LogScope* const outer_;
};

// `work`, to be run in the present scope.
absl::AnyInvocable<void()> InLogScope(absl::AnyInvocable<void()> work);

// `executor`, with all work run in the scope in which it was posted.
std::unique_ptr<Executor> CarryLogScope(std::unique_ptr<Executor> executor);

}  // namespace millrace
