// A kernel carries out one call over a batch: it is made once, when an evaluator is created, with
// all look-ups done, and run once for each batch.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/expr/expression.h"
#include "common/expr/vector.h"

namespace millrace {

// Gives `rows` values, or a constant. A Status is for what ends the batch (no memory); SQL's
// run-time errors are RowErrors. Not thread-safe: a kernel may keep scratch memory.
using Kernel = std::function<absl::StatusOr<Vector>(Arguments arguments, int64_t rows)>;

// Makes the kernel of a call whose arguments have the types that the registry gave them. Literals
// among the arguments may be used up (a pattern is compiled). Thread-safe.
using KernelFactory = std::function<absl::StatusOr<Kernel>(const Expression& call)>;

// The kernel of one argument applied to another one: what a literal beside it says is used up.
inline Kernel OnArgument(int argument, Kernel kernel) {
  return [argument, kernel](Arguments arguments, int64_t rows) {
    return kernel(arguments.subspan(argument, 1), rows);
  };
}

// The value of a string literal; empty if the expression is none, or NULL.
std::optional<std::string> LiteralText(const Expression& expression);
// The value of an INT literal likewise.
std::optional<int32_t> LiteralInt(const Expression& expression);

// NULL in every row.
absl::StatusOr<Kernel> NullKernel(const DataType& type);

}  // namespace millrace
