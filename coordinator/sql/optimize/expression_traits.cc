#include "coordinator/sql/optimize/expression_traits.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "arrow/scalar.h"
#include "arrow/type.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/expression_rewrite.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 12> kChanging = {
    "rand",      "rand_integer",   "uuid",           "now",
    "proctime",  "current_date",   "current_time",   "current_timestamp",
    "localtime", "localtimestamp", "unix_timestamp", "current_row_timestamp"};

// A literal that is no NULL and not zero, whatever its type.
bool IsNonZero(const ExpressionPtr& expression) {
  if (!IsLiteral(expression) || IsNullLiteral(expression)) return false;
  const auto zero = arrow::MakeScalar(expression->literal()->type, 0);
  return zero.ok() && !expression->literal()->Equals(**zero);
}

bool CallMayFail(const Expression& call) {
  const std::string& function = call.function();
  if (function == "divide" || function == "mod") {
    return call.arguments().size() != 2 || !IsNonZero(call.arguments()[1]);
  }
  if (function == "cast") {
    return !BindCast(call.arguments()[0], call.type(), /*implicit=*/true).ok();
  }
  return false;
}

}  // namespace

bool IsDeterministic(const ExpressionPtr& expression) {
  if (expression->kind() == ExpressionKind::kCall &&
      std::find(kChanging.begin(), kChanging.end(), expression->function()) != kChanging.end()) {
    return false;
  }
  return std::all_of(expression->arguments().begin(), expression->arguments().end(),
                     IsDeterministic);
}

bool MayFail(const ExpressionPtr& expression) {
  if (expression->kind() == ExpressionKind::kCall && CallMayFail(*expression)) return true;
  return std::any_of(expression->arguments().begin(), expression->arguments().end(), MayFail);
}

}  // namespace millrace
