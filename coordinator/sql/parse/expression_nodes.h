// How the parser makes nodes.
#pragma once

#include <memory>
#include <utility>

#include "coordinator/sql/parse/ast.h"

namespace millrace {

template <typename Node>
SqlExpressionPtr MakeExpression(Node node, SourceSpan span) {
  return std::make_shared<const SqlExpression>(
      SqlExpression{.node = std::move(node), .span = span});
}

}  // namespace millrace
