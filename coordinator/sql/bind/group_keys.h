// GROUP BY: the expressions whose values make a group, and the window they may be bounded by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/query_binder.h"

namespace millrace {

// GROUP BY TUMBLE(time, size), HOP(time, slide, size) or SESSION(time, gap), as a window table
// function below the aggregation.
struct GroupWindow {
  std::string function;   // "TUMBLE"
  std::string arguments;  // As written, in one form: TUMBLE_START and the like must repeat them.
  int first_column = 0;   // Its window_start in the relation's plan; end and time follow.
  bool processing_time = false;
};

// One of GROUPING SETS, and of what ROLLUP and CUBE stand for.
struct GroupingSet {
  std::vector<bool> has;  // For each key of GROUP BY, whether it groups by it.
  // Of all keys, the first one the highest bit: 1 where it does not; above them the place among
  // sets that are equal. Different for each set.
  int64_t id = 0;
};

struct GroupKeys {
  std::vector<ExpressionPtr> expressions;  // Over the relation's plan; all different.
  std::vector<std::string> names;
  std::vector<GroupingSet> sets;  // Empty: one, of all keys.
  std::optional<GroupWindow> window;
  // Only one end of a window is among them: what a message can say of it. Else empty.
  std::string half_window;

  // Some set does not group by the key: it is NULL there.
  bool may_be_null(int key) const;
};

// May put a window table function on top of relation.plan; the scope stays. Empty after reporting.
std::optional<GroupKeys> BindGroupKeys(const SelectQuery& select, Relation& relation,
                                       DiagnosticLog& log);

// GROUPING(key, ...), GROUPING_ID(key, ...) and GROUP_ID(): a CASE over the ids of the sets,
// `set_id`. Null after reporting.
ExpressionPtr BindGroupingFunction(const SqlExpression& call, const GroupKeys& keys,
                                   const ExpressionContext& context, ExpressionPtr set_id);

// TUMBLE_START, TUMBLE_END, TUMBLE_ROWTIME and their like of the window of `keys`: one of the
// window's columns.
// Empty: `call` is something else. A null pointer: reported.
std::optional<ExpressionPtr> BindWindowProperty(const SqlExpression& call, const GroupKeys& keys,
                                                const LogicalNode& input, DiagnosticLog& log);

}  // namespace millrace
