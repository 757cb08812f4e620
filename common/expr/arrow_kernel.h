// Kernels of Arrow's compute library, for the functions that it does well.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "arrow/compute/function_options.h"
#include "arrow/datum.h"
#include "common/expr/kernel.h"

namespace millrace {

// Makes Arrow's kernels known to it, once per process. Thread-safe.
absl::Status InitializeArrowKernels();

// Arrow's function `name` of one argument, which must be NULL in, NULL out and of the call's types.
absl::StatusOr<Kernel> MakeArrowKernel(const Expression& call, const std::string& name,
                                       std::shared_ptr<arrow::compute::FunctionOptions> options);

// The same for a line of a function table.
KernelFactory ArrowKernel(std::string name);

// Rows `indices` (INT64, maybe NULL) of `values`.
absl::StatusOr<std::shared_ptr<arrow::ArrayData>> TakeRows(
    const std::shared_ptr<arrow::ArrayData>& values,
    const std::shared_ptr<arrow::ArrayData>& indices);

}  // namespace millrace
