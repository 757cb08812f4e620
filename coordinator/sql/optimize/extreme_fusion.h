// Rows of windows joined with the MAX, or MIN, of their window become those rows that have it: no
// join is left, and what both sides of it computed is computed once (Nexmark q5).
//
//   Join(l.ws = r.ws AND l.we = r.we AND l.num >= r.most)       WindowExtreme(rows of MAX(num))
//   :- X                                                   =>   +- X
//   +- WindowAggregate(ws, we, MAX(num) AS most)
//      +- X
#pragma once

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// REQUIRES: FuseWindowAggregates, then MergeCalcs have run. Other joins stay.
LogicalPlan FuseExtremes(const LogicalPlan& plan);

}  // namespace millrace
