// CREATE FUNCTION, and calls of what it made.
//
// A function of SQL is inlined: its body, bound once where it is made, over the arguments of a
// call. So it runs as fast as what it stands for, and cannot call itself. A function of a Java
// class is one that Millrace has a native twin of.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/expr/expression.h"
#include "coordinator/catalog/user_function.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/table_binder.h"

namespace millrace {

// Null after reporting.
UserFunctionPtr BindCreateFunction(const CreateFunctionStatement& statement,
                                   const DefinitionContext& context);

// The user's function that `call` means; null: none, or a built-in one that stands before it.
UserFunctionPtr FindUserFunction(const FunctionCall& call, const Catalog& catalog);

// The call as an expression over what the arguments are over. kInvalidArgument, naming it, for an
// argument that cannot be cast to its parameter's type by itself.
absl::StatusOr<ExpressionPtr> CallUserFunction(const UserFunction& function,
                                               std::vector<ExpressionPtr> arguments);

}  // namespace millrace
