// Literals of SQL as typed constants, with Flink's types: 1 is INT, 1.5 is DECIMAL(2, 1), 'ab' is
// CHAR(2), all of them NOT NULL.
#pragma once

#include "common/expr/expression.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

// Null after reporting: a number out of range, a date that is none. `negative`: a minus stands
// before the (numeric) literal and belongs to it, so that the least BIGINT can be written.
ExpressionPtr BindLiteral(const LiteralValue& literal, SourceSpan span, DiagnosticLog& log,
                          bool negative = false);

ExpressionPtr BindInterval(const IntervalLiteral& interval);

}  // namespace millrace
