// Choosing each row's value from one of several vectors: what CASE and COALESCE do.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/expr/vector.h"

namespace millrace {

// The rows that take their value from `values`, as words of bits.
struct Choice {
  const Vector* values = nullptr;
  std::vector<uint64_t> rows;
};

// REQUIRES: every row is in exactly one choice; all values have the physical layout of `type`.
// Errors of rows that were not chosen are gone.
absl::StatusOr<Vector> Select(const std::shared_ptr<arrow::DataType>& type,
                              const std::vector<Choice>& choices, int64_t rows);

}  // namespace millrace
