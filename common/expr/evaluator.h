// Evaluates expressions over batches with Arrow's kernels.
//
// Compiled once per operator, run once per batch: kernels are looked up and options built at
// creation, and equal sub-expressions of one evaluator are computed once. Not thread-safe: it keeps
// scratch columns between calls.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/array.h"
#include "arrow/scalar.h"
#include "common/base/clock.h"
#include "common/columnar/batch.h"
#include "common/columnar/schema.h"
#include "common/expr/expression.h"

namespace millrace {

class Evaluator {
 public:
  // kInvalidArgument if an expression does not fit `input`, kUnimplemented if it calls an unknown
  // function.
  static absl::StatusOr<std::unique_ptr<Evaluator>> Create(const Schema& input,
                                                           std::vector<ExpressionPtr> expressions);
  virtual ~Evaluator() = default;

  // REQUIRED before Evaluate if an expression asks for the current time. `clock` outlives this.
  virtual void UseClock(const Clock& clock) = 0;

  // One array of batch.num_rows() values per expression, in order, of the Arrow type of the
  // expression's type. kInvalidArgument for what SQL calls a run-time error, e.g. division by zero
  // or a CAST that fails.
  virtual absl::StatusOr<std::vector<std::shared_ptr<arrow::Array>>> Evaluate(
      const Batch& batch) = 0;
};

// The value of an expression without column references: what the planner's constant folding calls.
absl::StatusOr<std::shared_ptr<arrow::Scalar>> EvaluateConstant(const ExpressionPtr& expression);

}  // namespace millrace
