// Joins rows of two inputs that are of one window and have equal keys: inner, outer, semi and anti
// joins with any further condition.
//
// State: one entry for each (window, key), the window's end being the namespace and its start part
// of the key: the rows of both inputs (joined_rows.h). When the watermark passes the window, which
// is that of both inputs together, its entries are joined and dropped. A row that comes later is
// dropped and counted, or goes to the table that its input says (LATE INTO).
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"

namespace millrace {

// kInvalidArgument, naming the operator, if its spec does not fit `inputs`, or for columns of a
// type that it cannot keep (MAP). REQUIRES: it has a WindowJoinSpec.
absl::StatusOr<std::unique_ptr<Operator>> NewWindowJoin(const OperatorNode& node,
                                                        const std::vector<Schema>& inputs);

}  // namespace millrace
