#include "common/expr/comparison.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/type_rules.h"
#include "common/expr/value_order.h"

namespace millrace {
namespace {

template <typename T, typename Operator>
Kernel Compare() {
  return LiftKernel<bool(T, T)>(DataType::Boolean(), [](T a, T b) { return Operator()(a, b); });
}

template <typename T>
Kernel ForOperator(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return Compare<T, std::equal_to<T>>();
    case Comparison::kNotEqual:
      return Compare<T, std::not_equal_to<T>>();
    case Comparison::kLess:
      return Compare<T, std::less<T>>();
    case Comparison::kLessOrEqual:
      return Compare<T, std::less_equal<T>>();
    case Comparison::kGreater:
      return Compare<T, std::greater<T>>();
    case Comparison::kGreaterOrEqual:
      break;
  }
  return Compare<T, std::greater_equal<T>>();
}

Kernel NestedEquality(const DataType& type, bool negated) {
  return [order = ValueOrder(type), negated](Arguments arguments,
                                             int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(auto bits, AllocateBits(rows));
    uint64_t* words = WordsIn(*bits);
    std::fill(words, words + WordsOf(rows), 0);
    const auto value = [&](size_t argument, int64_t row) {
      const Vector& vector = *arguments[argument];
      return ValueRef{vector.data.get(), vector.constant ? 0 : row};
    };
    for (int64_t row = 0; row < rows; ++row) {
      if (result.IsNull(row)) continue;
      const bool equal = order.Equal(value(0, row), value(1, row));
      words[row / kWordBits] |= uint64_t{equal != negated} << (row % kWordBits);
    }
    return result.Finish(arrow::boolean(), {std::move(bits)});
  };
}

bool IsTemporal(const DataType& type) {
  return type.kind() >= TypeKind::kDate && type.kind() <= TypeKind::kTimestampLtz;
}

}  // namespace

absl::StatusOr<Kernel> ComparisonKernel(const DataType& type, Comparison comparison) {
  Kernel kernel;
  if (WithFixedWidth(type, [&](auto zero) { kernel = ForOperator<decltype(zero)>(comparison); })) {
    return kernel;
  }
  if (type.kind() == TypeKind::kBoolean) return ForOperator<bool>(comparison);
  if (type.IsCharacter() || type.IsBinary()) return ForOperator<std::string_view>(comparison);
  if (comparison == Comparison::kEqual || comparison == Comparison::kNotEqual) {
    return NestedEquality(type, comparison == Comparison::kNotEqual);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("values of type ", type.ToString(), " have no order"));
}

std::optional<DataType> ComparableType(const std::vector<DataType>& types) {
  std::vector<DataType> others;
  bool temporal = false;
  bool character = false;
  for (const DataType& type : types) {
    temporal = temporal || IsTemporal(type);
    character = character || type.IsCharacter();
    if (!type.IsCharacter()) others.push_back(type);
  }
  return LeastRestrictive(temporal && character ? others : types);
}

absl::StatusOr<ExpressionPtr> BindComparison(const std::string& name, ExpressionPtr left,
                                             ExpressionPtr right) {
  if (left->type().kind() == TypeKind::kNull && right->type().kind() == TypeKind::kNull) {
    left = Expression::Null(DataType::Boolean());
  }
  const auto common = ComparableType({left->type(), right->type()});
  if (!common) {
    const std::string& symbols = Functions().Find(name)->aliases;
    return WrongArguments(symbols.substr(0, symbols.find(' ')), {left, right},
                          "two values of types that have a common type");
  }
  // A common kind is enough: precisions and lengths that change no value need no cast.
  left = Coerced(std::move(left), *common);
  right = Coerced(std::move(right), *common);
  return StrictCall(name, {std::move(left), std::move(right)}, DataType::Boolean());
}

}  // namespace millrace
