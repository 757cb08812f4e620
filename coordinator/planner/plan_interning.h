// Equal sub-plans of one job become one, so that they run once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// `sinks` with equal sub-plans (same operators, expressions and output columns over the same
// inputs) made the same node. Sinks stay apart: two equal INSERTs write twice. So do calculations
// with RAND() or UUID(), as in Flink: each reader gets values of its own.
std::vector<LogicalPlan> InternPlans(const std::vector<LogicalPlan>& sinks);

// How many inputs of other nodes each node of `sinks` is.
std::map<const LogicalNode*, int> CountReaders(const std::vector<LogicalPlan>& sinks);

}  // namespace millrace
