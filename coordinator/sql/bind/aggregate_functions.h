// The aggregate functions: which there are, what they take, what they give. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"

namespace millrace {

// An aggregate function of Flink's, built or not. `name` in upper case.
bool IsAggregateFunction(std::string_view name);

// Those that are computed of sums: STDDEV_POP, VAR_SAMP and their like.
bool IsVariance(std::string_view name);

// GROUPING, GROUPING_ID and GROUP_ID: they tell which set of GROUP BY a group is of.
bool IsGroupingFunction(std::string_view name);

// The built one of that name.
std::optional<AggregateFunction> FindAggregateFunction(std::string_view name);

// Values that MIN and MAX can order: numbers, texts, times and BOOLEANs.
bool HasOrder(const DataType& type);

// Values that can be kept and told apart: all but MAPs.
bool CanBeKept(const DataType& type);

// Names of those built, sorted.
std::vector<std::string> AggregateFunctionNames();

// The type of `function` of a value of type `argument`, by Flink's rules: SUM and AVG of an integer
// stay of its type, SUM of DECIMAL(p, s) is DECIMAL(38, s). kInvalidArgument if it takes no such
// values. `filter`: that may leave no value. PERCENTILE is that of one percentage.
absl::StatusOr<DataType> AggregateResultType(AggregateFunction function, const DataType& argument,
                                             bool filter);

}  // namespace millrace
