// The intervals of windows, and what is said of a column that no window can be made over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/plan/operators.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

struct WindowIntervals {
  int64_t size_ms = 0;    // Positive.
  int64_t offset_ms = 0;  // In [0, size_ms): -1 min of 10 min is 9 min.

  WindowSpec TumbleOver(int time_column) const;
};

// Both must be INTERVAL literals of days to seconds; `offset` may be null. Empty after reporting.
std::optional<WindowIntervals> BindWindowIntervals(const SqlExpression& size,
                                                   const SqlExpression* offset, DiagnosticLog& log);

void ReportNoTimeAttribute(const std::string& column, SourceSpan span, DiagnosticLog& log);

}  // namespace millrace
