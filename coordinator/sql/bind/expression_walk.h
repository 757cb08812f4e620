// A look into expressions as written, before anything is bound. Pure.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

// Calls `visit` for every direct operand and argument, in the order written. Does not enter
// queries.
void ForEachOperand(const SqlExpression& expression,
                    absl::FunctionRef<void(const SqlExpression&)> visit);

// Whether an aggregate function is called in it, other than OVER a window.
bool HoldsAggregate(const SqlExpression& expression);

// The name of the function, in upper case.
std::string FunctionName(const FunctionCall& call);

}  // namespace millrace
