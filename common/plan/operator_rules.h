// What an operator may be, given the columns that enter it: the part of Validate (job_graph.h) that
// looks into operators. Pure.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "common/columnar/schema.h"
#include "common/plan/operators.h"

namespace millrace {

// OK, or kInvalidArgument saying which rule of operators.h is broken. `inputs` has the columns of
// each input.
absl::Status CheckOperator(const OperatorNode& node, const std::vector<Schema>& inputs);
// The same of an operator with one input.
absl::Status CheckOperator(const OperatorNode& node, const Schema& input);

// Whether rows of one are rows of the other: the same types in the same order. Names and NOT NULL
// may differ, as they do between the branches of a UNION ALL.
bool HaveSameTypes(const Schema& a, const Schema& b);

}  // namespace millrace
