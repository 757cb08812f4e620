#include "common/expr/kernel.h"

#include "arrow/array/util.h"
#include "arrow/scalar.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"

namespace millrace {

std::optional<std::string> LiteralText(const Expression& expression) {
  if (expression.kind() != ExpressionKind::kLiteral || !expression.type().IsCharacter() ||
      !expression.literal()->is_valid) {
    return std::nullopt;
  }
  return std::string(static_cast<const arrow::BaseBinaryScalar&>(*expression.literal()).view());
}

std::optional<int32_t> LiteralInt(const Expression& expression) {
  if (expression.kind() != ExpressionKind::kLiteral || expression.type().kind() != TypeKind::kInt ||
      !expression.literal()->is_valid) {
    return std::nullopt;
  }
  return static_cast<const arrow::Int32Scalar&>(*expression.literal()).value;
}

absl::StatusOr<Kernel> NullKernel(const DataType& type) {
  ASSIGN_OR_RETURN(const auto null, FromArrow(arrow::MakeArrayOfNull(type.ToArrow(), 1)));
  return Kernel([data = null->data()](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    Vector result{.data = data, .constant = true};
    result.errors = CombineErrors(arguments, rows);
    if (result.errors == nullptr) return result;
    ASSIGN_OR_RETURN(result.data, Materialize(result, rows));  // Errors are of single rows.
    result.constant = false;
    return result;
  });
}

}  // namespace millrace
