// A query as a tree of relational operators: names resolved, types checked, views expanded.
//
// The binder makes it, the optimizer rewrites it, the planner turns it into a JobGraph. Nodes are
// immutable and shared; a rule builds new ones. Columns are named by index into the input's output.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/columnar/schema.h"
#include "common/expr/expression.h"
#include "common/plan/operators.h"
#include "coordinator/catalog/table_definition.h"

namespace millrace {

struct LogicalNode;
using LogicalPlan = std::shared_ptr<const LogicalNode>;

// What a column means to event time. Plain references keep it, expressions lose it.
enum class TimeRole : uint8_t {
  kNone,
  kRowtime,      // An event-time attribute: the watermark speaks of it.
  kWindowStart,  // Of the window that the nearest WindowTvf below assigned.
  kWindowEnd,
  kWindowTime,  // The same window's last millisecond: an event-time attribute too.
  kProctime,    // A processing-time attribute: PROCTIME(), a window_time of processing time.
  kProctimeWindowStart,  // As kWindowStart, of a window of processing time.
  kProctimeWindowEnd,
  kFormerTime,  // A time attribute below the window function that assigned windows by it.
};

// The watermark may be used for windows over this column.
inline bool IsTimeAttribute(TimeRole role) {
  return role == TimeRole::kRowtime || role == TimeRole::kWindowTime;
}

// Windows may be made over this column.
inline bool CanWindow(TimeRole role) { return IsTimeAttribute(role) || role == TimeRole::kProctime; }

// Reads a table. Output: its physical columns, pruned by the optimizer.
struct LogicalScan {
  TablePtr table;
  TableOptions options;     // Those of the table with the hints of the query over them.
  ExpressionPtr watermark;  // Over this node's output; null: the table has none.
};

struct LogicalFilter {
  ExpressionPtr condition;
};

struct LogicalProject {
  std::vector<ExpressionPtr> expressions;
};

// A filter, then a projection: what the optimizer makes of chains of both.
struct LogicalCalc {
  ExpressionPtr condition;  // Null: keeps every row.
  std::vector<ExpressionPtr> projections;
};

// Assigns windows. Output: the input's columns, window_start, window_end, window_time.
struct LogicalWindowTvf {
  WindowSpec window;
  // SESSION: the columns whose equal values share sessions. Empty: the keys of the aggregation
  // above it, as GROUP BY SESSION(...) has it.
  std::optional<std::vector<int>> session_keys;
};

// GROUP BY. Output: the keys, then one column per call. Among the keys may be a window's start and
// end (GroupsWindows); without them groups never end.
struct LogicalAggregate {
  std::vector<int> keys;
  std::vector<AggregateCall> calls;
};

// A LogicalAggregate over a LogicalWindowTvf, or over the results of windows (kAttached), as one
// operator. Output: the keys, the calls, window_start, window_end, window_time (all of the time
// column's type, NOT NULL).
struct LogicalWindowAggregate {
  WindowSpec window;
  std::vector<int> keys;
  std::vector<AggregateCall> calls;
  // The output are the rows of the input that have the one call's MIN or MAX (operators.h).
  bool rows_of_extreme = false;
};

// GROUPING SETS: each row once per set (common/plan/operators.h). Output: the input's columns,
// those that a set makes NULL nullable, and the set's id, BIGINT NOT NULL.
struct LogicalExpand {
  std::vector<ExpandSpec::Set> sets;
};

// Pairs of rows of the two inputs for which the condition, over the columns of both, is true.
// Output: both inputs' columns, or those of the left one; what may be filled up with NULLs is
// nullable.
struct LogicalJoin {
  JoinType type = JoinType::kInner;
  ExpressionPtr condition;
};

// A LogicalJoin of rows of one window, as one operator (common/plan/operators.h).
struct LogicalWindowJoin {
  JoinType type = JoinType::kInner;
  WindowJoinSpec::Side left;
  WindowJoinSpec::Side right;
  ExpressionPtr condition;  // Beside windows and keys; null: none.
};

// ROW_NUMBER() OVER (PARTITION BY keys ORDER BY order). Output: the input's columns and the number,
// BIGINT NOT NULL.
struct LogicalRowNumber {
  std::vector<int> keys;
  std::vector<SortColumn> order;
  bool by_time = false;  // In the order of a time attribute alone.
};

// A LogicalRowNumber of rows of a window with a condition on the number, as one operator. Output:
// the input's columns and, if it emits it, the number.
struct LogicalWindowRank {
  WindowRankSpec rank;
};

// Writes the input, whose columns are those of `schema`, to a table.
struct LogicalSink {
  TablePtr table;
  Schema schema;
};

// All rows of all inputs, which have the same types.
struct LogicalUnionAll {};

struct LogicalNode {
  using Spec = std::variant<LogicalScan, LogicalFilter, LogicalProject, LogicalCalc,
                            LogicalWindowTvf, LogicalAggregate, LogicalWindowAggregate, LogicalJoin,
                            LogicalSink, LogicalUnionAll, LogicalExpand, LogicalWindowJoin,
                            LogicalRowNumber, LogicalWindowRank>;

  Spec spec;
  std::vector<LogicalPlan> inputs;
  Schema output;                // Of a sink: empty.
  std::vector<TimeRole> roles;  // One per output column.

  const LogicalNode& input() const { return *inputs.front(); }
};

// Factories: they derive output and roles. `names` are the output's.
LogicalPlan MakeScan(LogicalScan scan, Schema output);
LogicalPlan MakeFilter(LogicalPlan input, ExpressionPtr condition);
LogicalPlan MakeProject(LogicalPlan input, std::vector<ExpressionPtr> expressions,
                        std::vector<std::string> names);
LogicalPlan MakeCalc(LogicalPlan input, LogicalCalc calc, std::vector<std::string> names);
LogicalPlan MakeWindowTvf(LogicalPlan input, LogicalWindowTvf tvf);
LogicalPlan MakeAggregate(LogicalPlan input, LogicalAggregate aggregate,
                          std::vector<std::string> call_names);
LogicalPlan MakeWindowAggregate(LogicalPlan input, LogicalWindowAggregate aggregate,
                                std::vector<std::string> call_names);
LogicalPlan MakeExpand(LogicalPlan input, LogicalExpand expand);
LogicalPlan MakeJoin(LogicalPlan left, LogicalPlan right, LogicalJoin join);
LogicalPlan MakeWindowJoin(LogicalPlan left, LogicalPlan right, LogicalWindowJoin join);
LogicalPlan MakeRowNumber(LogicalPlan input, LogicalRowNumber row_number);
LogicalPlan MakeWindowRank(LogicalPlan input, LogicalWindowRank rank, const std::string& name);
LogicalPlan MakeSink(LogicalPlan input, TablePtr table, Schema schema);
LogicalPlan MakeUnionAll(std::vector<LogicalPlan> inputs);

// Whether the keys hold the start and the end of a window: the groups end with it.
bool GroupsWindows(const LogicalAggregate& aggregate, const LogicalNode& input);

// `node` with other inputs of the same outputs.
LogicalPlan WithInputs(const LogicalNode& node, std::vector<LogicalPlan> inputs);
// `node` with other roles, e.g. the table's rowtime column behind a scan.
LogicalPlan WithRoles(const LogicalNode& node, std::vector<TimeRole> roles);

}  // namespace millrace
