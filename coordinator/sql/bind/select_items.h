// The list behind SELECT: stars are spread out, every column gets its name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/parse/query_ast.h"

namespace millrace {

struct SelectedColumn {
  ExpressionPtr expression;
  std::string name;  // The alias, the column's or field's own name, or EXPR$n at place n.
  SourceSpan span;
  std::vector<ColumnUseSite> uses;
};

// Over the columns of `context.scope`. Empty after reporting.
std::optional<std::vector<SelectedColumn>> BindSelectItems(const std::vector<SelectItem>& items,
                                                           const ExpressionContext& context);

}  // namespace millrace
