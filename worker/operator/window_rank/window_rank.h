// The first rows of each key of a window, in an order: ROW_NUMBER() OVER (PARTITION BY the window
// and the key ORDER BY ...) up to a limit, and de-duplication, which is the first row alone.
//
// State: one entry for each (window, key), the window's end being the namespace and its start part
// of the key: the rows that are in for now, in their order (ranked_rows.h). The rows of a batch
// first compete among themselves, so most never reach the state. Rows come out once the watermark
// passes the window, in the order of their numbers.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"
#include "worker/contract/operator.h"

namespace millrace {

// kInvalidArgument, naming the operator, if its spec does not fit `input`; kUnimplemented for
// columns of a type that it cannot keep (MAP). REQUIRES: it has a WindowRankSpec.
absl::StatusOr<std::unique_ptr<Operator>> NewWindowRank(const OperatorNode& node,
                                                        const Schema& input);

}  // namespace millrace
