// Which windows the bounds in a column are of: the window function below, found through everything
// that passes its columns on. Pure.
#pragma once

#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// Of `node`'s output column `column`, the start or the end of a window. Null if it is of several
// functions (UNION ALL), or of none.
const WindowSpec* WindowOf(const LogicalNode& node, int column);

// Whether two specs make the same windows, whatever column has the time.
bool AreSameWindows(const WindowSpec& a, const WindowSpec& b);

}  // namespace millrace
