// Logical plans as EXPLAIN shows them: an indented tree in the manner of Flink's.
#pragma once

#include <functional>
#include <string>

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// With "$n" for columns and Flink's names of logical nodes: what the binder understood.
std::string LogicalPlanText(const LogicalPlan& plan);

// With column names: what the optimizer made of it. `changelog_mode`, if given, says which kinds of
// rows a node gives: "[I,UA]".
using ChangelogModeText = std::function<std::string(const LogicalNode&)>;
std::string OptimizedPlanText(const LogicalPlan& plan,
                              const ChangelogModeText& changelog_mode = nullptr);

// A node by itself: "GroupAggregate(groupBy=[page], select=[page, COUNT(*) AS n])".
std::string OptimizedNodeText(const LogicalNode& node);

// "TUMBLE(time_col=[event_time], size=[1 min])"
std::string WindowText(const WindowSpec& window, const Schema& input);

// "SUM(amount)", "COUNT(*) FILTER (WHERE $f2)"
std::string AggregateCallText(const AggregateCall& call, const Schema& input);

// "1 min", "10 s", "1500 ms": the largest unit that divides it.
std::string DurationText(int64_t millis);

}  // namespace millrace
