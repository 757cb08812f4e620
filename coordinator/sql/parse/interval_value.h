// What INTERVAL '1 02:03' DAY TO MINUTE amounts to. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

// Months of a year-month interval, milliseconds of the others, with the sign. kInvalidArgument says
// which form the units ask for, or what is out of range. Uses negative, text, from and to.
absl::StatusOr<int64_t> IntervalValue(const IntervalLiteral& literal);

// Whether intervals of `unit` are months: YEAR, QUARTER, MONTH.
bool IsYearMonthUnit(TimeUnit unit);

// Whether INTERVAL '...' from TO to exists.
bool IsIntervalRange(TimeUnit from, TimeUnit to);

}  // namespace millrace
