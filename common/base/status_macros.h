// RETURN_IF_ERROR and ASSIGN_OR_RETURN for absl::Status and absl::StatusOr, and their twins for
// arrow::Status and Result.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define MILLRACE_CONCAT_INNER(a, b) a##b
#define MILLRACE_CONCAT(a, b) MILLRACE_CONCAT_INNER(a, b)

// Returns from the enclosing function if `expression`, an absl::Status, is not OK.
#define RETURN_IF_ERROR(expression)                         \
  do {                                                      \
    ::absl::Status return_if_error_status = (expression);   \
    if (ABSL_PREDICT_FALSE(!return_if_error_status.ok())) { \
      return return_if_error_status;                        \
    }                                                       \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()): x is the value, or the function returns the error.
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_INNER(MILLRACE_CONCAT(status_or_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                   \
  if (ABSL_PREDICT_FALSE(!temporary.ok())) {                       \
    return std::move(temporary).status();                          \
  }                                                                \
  declaration = std::move(temporary).value()
