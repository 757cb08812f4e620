// The names of aggregate functions, as SQL writes them. Pure.
#pragma once

#include <string_view>

#include "common/plan/operators.h"

namespace millrace {

// "COUNT"
std::string_view AggregateFunctionName(AggregateFunction function);

}  // namespace millrace
