// GROUPING SETS, ROLLUP and CUBE: gives every row once for each set of keys, with NULL in the keys
// that the set does not have, and the id of the set behind the columns. An aggregation by all keys
// and the id then is one by each set.
//
// Stateless. A batch comes out once per set, sharing the columns that are not NULL; the kinds of
// rows stay.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"

namespace millrace {

// REQUIRES: `node.spec` is an ExpandSpec. kInvalidArgument, naming the operator, for sets that do
// not fit `input`.
absl::StatusOr<std::unique_ptr<Operator>> NewExpand(const OperatorNode& node, const Schema& input);

}  // namespace millrace
