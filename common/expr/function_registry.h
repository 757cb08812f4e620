// The scalar functions of SQL: names, argument checks, result types. The binder asks it, the
// evaluator carries it out.
//
// A function is called by its SQL name ("SUBSTRING", any case). What SQL writes with a syntax of
// its own has a canonical name, for which the symbol will do as well where there is one:
//
// - Logic: and, or, not, is_null, is_not_null, is_true, is_not_true, is_false, is_not_false,
//   is_unknown, is_not_unknown.
// - Comparison: equals (=), not_equals (<>), less_than (<), less_than_or_equal (<=), greater_than
//   (>), greater_than_or_equal (>=), is_distinct_from, is_not_distinct_from, between(x, low, high),
//   not_between, in(x, a, b, ...), not_in.
// - Patterns: like(text, pattern [, escape]), not_like, similar_to, not_similar_to.
// - Arithmetic: plus (+), minus (-), times (*), divide (/), mod (%), negate (- of one argument),
//   concat_operator (||).
// - Choice: case(when, then, when, then, ... [, else]).
// - Units of time are string literals: extract('HOUR', x), floor(x, 'HOUR'), ceil(x, 'HOUR'),
//   timestampadd('DAY', n, x), timestampdiff('DAY', from, to).
// - Strings: trim(text [, characters]), ltrim, rtrim, position(part, whole).
// - Nested values: row(...), array(...), map(key, value, ...), item(collection, index or key).
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

// TRY_CAST: NULL where CAST would fail.
absl::StatusOr<ExpressionPtr> BindTryCast(ExpressionPtr value, const DataType& type);

// The least type that both can be cast to implicitly (Flink's leastRestrictive), e.g. for CASE
// branches, comparisons and UNION. kInvalidArgument if there is none.
absl::StatusOr<DataType> CommonType(const std::vector<DataType>& types);

// Names of all functions, sorted: for documentation and completion.
std::vector<std::string> FunctionNames();

}  // namespace millrace
