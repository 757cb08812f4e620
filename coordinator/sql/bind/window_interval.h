// The intervals of windows, and what is said of a column that no window can be made over.
#pragma once

#include <optional>
#include <string>

#include "common/plan/operators.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

// The intervals of a window as written; null: the kind has none, or it was left out.
struct WindowIntervals {
  WindowKind kind = WindowKind::kTumble;
  const SqlExpression* size = nullptr;   // The gap of a SESSION.
  const SqlExpression* slide = nullptr;  // The step of a CUMULATE.
  const SqlExpression* offset = nullptr;
  // A window table function must have a size that is a multiple of its slide; GROUP BY HOP(...)
  // may have any.
  bool divides = true;
};

// A window without its time column. The intervals must be literals of days to seconds. An offset is
// brought into the range from 0: -1 min of 10 min is 9 min. Empty after reporting.
std::optional<WindowSpec> BindWindowIntervals(const WindowIntervals& intervals, DiagnosticLog& log);

void ReportNoTimeAttribute(const std::string& column, SourceSpan span, DiagnosticLog& log);

}  // namespace millrace
