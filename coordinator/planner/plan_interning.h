// Equal sub-plans of one job become one, so that they run once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// `sinks` with equal sub-plans (same operators, expressions and output columns over the same
// inputs) made the same node. Sinks stay apart: two equal INSERTs write twice.
std::vector<LogicalPlan> InternPlans(const std::vector<LogicalPlan>& sinks);

// How many inputs of other nodes each node of `sinks` is.
std::map<const LogicalNode*, int> CountReaders(const std::vector<LogicalPlan>& sinks);

}  // namespace millrace
