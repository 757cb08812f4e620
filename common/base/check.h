// CHECK and friends: a broken invariant stops the process, in release builds too.
//
// Debian 12's Abseil has no log or check library; the names and meaning are those of newer Abseil
// releases, so that these can be dropped later. Use a Status for anything the outside world can
// cause; CHECK only what a bug alone can break.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "absl/base/optimization.h"
#include "absl/status/status.h"

namespace millrace::internal {

[[noreturn]] inline void CheckFailed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, what);
  std::fflush(stderr);
  std::abort();
}

}  // namespace millrace::internal

#define CHECK(condition)        \
  (ABSL_PREDICT_TRUE(condition) \
       ? static_cast<void>(0)   \
       : ::millrace::internal::CheckFailed(__FILE__, __LINE__, #condition))
#define CHECK_EQ(a, b) CHECK((a) == (b))
#define CHECK_NE(a, b) CHECK((a) != (b))
#define CHECK_LE(a, b) CHECK((a) <= (b))
#define CHECK_LT(a, b) CHECK((a) < (b))
#define CHECK_GE(a, b) CHECK((a) >= (b))
#define CHECK_GT(a, b) CHECK((a) > (b))
#define CHECK_OK(expression)                                                                     \
  do {                                                                                           \
    const ::absl::Status check_ok_status = (expression);                                         \
    if (ABSL_PREDICT_FALSE(!check_ok_status.ok())) {                                             \
      ::millrace::internal::CheckFailed(__FILE__, __LINE__, check_ok_status.ToString().c_str()); \
    }                                                                                            \
  } while (false)
