// The aggregate functions: which there are, what they take, what they give. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"

namespace millrace {

// An aggregate function of Flink's, built or not. `name` in upper case.
bool IsAggregateFunction(std::string_view name);

// Those that are computed of sums: STDDEV_POP, VAR_SAMP and their like.
bool IsVariance(std::string_view name);

// The built one of that name.
std::optional<AggregateFunction> FindAggregateFunction(std::string_view name);

// Values that have an order: numbers, texts, times and BOOLEANs. Only these can be DISTINCT yet.
bool HasOrder(const DataType& type);

// Names of those built, sorted.
std::vector<std::string> AggregateFunctionNames();

// The type of `function` of a value of type `argument`, by Flink's rules: SUM and AVG of an integer
// stay of its type, SUM of DECIMAL(p, s) is DECIMAL(38, s). kInvalidArgument if it takes no such
// values. COUNT is BIGINT NOT NULL; the others may be NULL if the argument may, or if a `filter`
// may leave no value.
absl::StatusOr<DataType> AggregateResultType(AggregateFunction function, const DataType& argument,
                                             bool filter);

}  // namespace millrace
