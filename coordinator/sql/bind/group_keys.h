// GROUP BY: the expressions whose values make a group, and the window they may be bounded by.
#pragma once

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

struct GroupKeys {
  std::vector<ExpressionPtr> expressions;  // Over the relation's plan; all different.
  std::vector<std::string> names;
  std::optional<GroupWindow> window;
  // Only one end of a window is among them: what a message can say of it. Else empty.
  std::string half_window;
};

// May put a window table function on top of relation.plan; the scope stays. Empty after reporting.
std::optional<GroupKeys> BindGroupKeys(const SelectQuery& select, Relation& relation,
                                       DiagnosticLog& log);

// TUMBLE_START, TUMBLE_END, TUMBLE_ROWTIME and their like of the window of `keys`: one of the
// window's columns.
// Empty: `call` is something else. A null pointer: reported.
std::optional<ExpressionPtr> BindWindowProperty(const SqlExpression& call, const GroupKeys& keys,
                                                const LogicalNode& input, DiagnosticLog& log);

}  // namespace millrace
