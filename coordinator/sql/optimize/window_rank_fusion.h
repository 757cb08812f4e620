// ROW_NUMBER() of the rows of a window with a condition on the number becomes one WindowRank: a
// window's Top-N, or its de-duplication.
//
//   Calc(.., where rn <= 3)                          Calc(..)
//   +- RowNumber(by window_start, window_end, k) =>  +- WindowRank(window, by k, ranks 1 to 3)
#pragma once

#include "absl/status/statusor.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// REQUIRES: MergeCalcs has run. Leaves no LogicalRowNumber; kUnimplemented, naming the reason, for
// one of another form.
absl::StatusOr<LogicalPlan> FuseWindowRanks(const LogicalPlan& plan);

}  // namespace millrace
