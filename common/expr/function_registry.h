// The scalar functions of SQL: names, argument checks, result types. The binder asks it, the
// evaluator carries it out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/columnar/data_type.h"
#include "common/expr/expression.h"

namespace millrace {

// Binds a call: finds the function by its SQL name (any case) or canonical operator name ("plus",
// "equals", "and", ...), coerces the arguments by Flink's rules (inserting casts), and gives the
// typed call. Thread-safe. kNotFound with a "did you mean" for an unknown name; kInvalidArgument
// naming the accepted signatures for wrong arguments.
absl::StatusOr<ExpressionPtr> BindCall(std::string_view name, std::vector<ExpressionPtr> arguments);

// `value` cast to `type`: itself if it has it already. kInvalidArgument if Flink has no such cast.
// `implicit`: only the casts that Flink makes by itself (widening, CHAR to STRING, ...).
absl::StatusOr<ExpressionPtr> BindCast(ExpressionPtr value, const DataType& type,
                                       bool implicit = false);

// The least type that both can be cast to implicitly (Flink's leastRestrictive), e.g. for CASE
// branches, comparisons and UNION. kInvalidArgument if there is none.
absl::StatusOr<DataType> CommonType(const std::vector<DataType>& types);

// Names of all functions, sorted: for documentation and completion.
std::vector<std::string> FunctionNames();

}  // namespace millrace
