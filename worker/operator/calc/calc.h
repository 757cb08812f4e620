// Filters rows by a condition and computes new columns of those that are left.
//
// Stateless. What a projection reads is picked out of its input first (a column, or a field of a
// ROW), only that is filtered, and only rows that are left are computed. If every row is left,
// nothing is copied. The kinds of rows follow them.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"

namespace millrace {

// REQUIRES: `node.spec` is a CalcSpec. kInvalidArgument, naming the operator, for expressions that
// do not fit `input`.
absl::StatusOr<std::unique_ptr<Operator>> NewCalc(const OperatorNode& node, const Schema& input);

}  // namespace millrace
