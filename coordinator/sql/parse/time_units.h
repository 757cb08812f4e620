// The words for units of time. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

// Of a word in upper case: "DAY", also "DAYS" and "SQL_TSI_DAY".
std::optional<TimeUnit> TimeUnitOf(std::string_view upper);

// "DAY"
std::string_view TimeUnitName(TimeUnit unit);

}  // namespace millrace
