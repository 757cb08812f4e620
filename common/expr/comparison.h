// Comparison of two vectors of one type.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/expr/kernel.h"

namespace millrace {

enum class Comparison : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual
};

// NULL where an argument is. kInvalidArgument for an order of ARRAYs, MAPs and ROWs, which have
// equality only.
absl::StatusOr<Kernel> ComparisonKernel(const DataType& type, Comparison comparison);

// Binds `name`, one of the comparison operators, after coercing both sides to a common type.
absl::StatusOr<ExpressionPtr> BindComparison(const std::string& name, ExpressionPtr left,
                                             ExpressionPtr right);

// The type in which values are compared with one another: their common type; strings beside a
// temporal, as Flink has it, are read as that. Empty if they cannot be compared.
std::optional<DataType> ComparableType(const std::vector<DataType>& types);

}  // namespace millrace
