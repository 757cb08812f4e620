// Matchers for absl::Status and StatusOr, with the names and meaning of newer Abseil releases.
#pragma once

#include <gmock/gmock.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace millrace {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

MATCHER_P2(StatusIs, code, message, "has the code and message") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code &&
         testing::ExplainMatchResult(message, std::string(StatusOf(arg).message()),
                                     result_listener);
}

MATCHER_P(IsOkAndHolds, matcher, "is OK and holds") {
  if (!arg.ok()) {
    *result_listener << arg.status().ToString();
    return false;
  }
  return testing::ExplainMatchResult(matcher, *arg, result_listener);
}

}  // namespace millrace

#define EXPECT_OK(expression) EXPECT_THAT(expression, ::millrace::IsOk())
#define ASSERT_OK(expression) ASSERT_THAT(expression, ::millrace::IsOk())
#define ASSERT_OK_AND_ASSIGN(declaration, expression) \
  ASSERT_OK_AND_ASSIGN_INNER(MILLRACE_TEST_CONCAT(test_value_, __LINE__), declaration, expression)
#define ASSERT_OK_AND_ASSIGN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                       \
  ASSERT_THAT(temporary, ::millrace::IsOk());                          \
  declaration = std::move(temporary).value()
#define MILLRACE_TEST_CONCAT_INNER(a, b) a##b
#define MILLRACE_TEST_CONCAT(a, b) MILLRACE_TEST_CONCAT_INNER(a, b)
