// Places at which a test makes the process crash, wait or fail.
//
//   FAILPOINT("publish.after_commit");              crash or wait
//   RETURN_FAILPOINT("file.before_sync");           or return an error, in a function of Status
//
// In production a branch that is never taken. Armed by the environment, before the process starts:
//
//   MILLRACE_FAILPOINTS="publish.after_commit=crash@3,file.before_sync=error,commit.before=sleep(2s)"
//
// crash: ends like kill -9. sleep(D): waits. error: kUnavailable. @N: only the Nth time it is
// passed; without it, every time. All names are in FailpointNames(); tests/chaos compares the two.
// Thread-safe.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/optimization.h"
#include "absl/status/status.h"

namespace millrace {

namespace failpoint_internal {
extern std::atomic<bool> armed;
absl::Status Pass(std::string_view name);
}  // namespace failpoint_internal

const std::vector<std::string_view>& FailpointNames();

// Replaces what is armed; empty: nothing. kInvalidArgument for an unknown name or action.
absl::Status ArmFailpoints(std::string_view specification);

}  // namespace millrace

#define FAILPOINT(name)                                                               \
  do {                                                                                \
    if (ABSL_PREDICT_FALSE(                                                           \
            ::millrace::failpoint_internal::armed.load(std::memory_order_relaxed))) { \
      ::millrace::failpoint_internal::Pass(name).IgnoreError();                       \
    }                                                                                 \
  } while (false)

#define RETURN_FAILPOINT(name)                                                        \
  do {                                                                                \
    if (ABSL_PREDICT_FALSE(                                                           \
            ::millrace::failpoint_internal::armed.load(std::memory_order_relaxed))) { \
      ::absl::Status failpoint_status = ::millrace::failpoint_internal::Pass(name);   \
      if (!failpoint_status.ok()) return failpoint_status;                            \
    }                                                                                 \
  } while (false)
