// + - * / % and unary minus, on numbers, temporals and intervals.
//
// Integers wrap around as Java's; / of integers cuts toward zero and fails for a divisor of zero;
// DOUBLE follows IEEE 754; a DECIMAL result that is too long is NULL.
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "common/base/status_macros.h"
#include "common/expr/decimal.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/temporal_arithmetic.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

constexpr char kDivisionByZero[] = "division by zero";
constexpr char kAccepts[] =
    "two numbers, a date, time or timestamp and an interval (+ and - only), or intervals; the time "
    "between two timestamps is TIMESTAMPDIFF";

enum class Operation : uint8_t { kPlus, kMinus, kTimes, kDivide, kMod };

struct OperationLine {
  const char* name;
  const char* symbol;
  Operation operation;
};

constexpr OperationLine kOperations[] = {
    {"plus", "+", Operation::kPlus},   {"minus", "-", Operation::kMinus},
    {"times", "*", Operation::kTimes}, {"divide", "/", Operation::kDivide},
    {"mod", "%", Operation::kMod},
};

// Integers: in the unsigned type, whose overflow is defined.
template <typename T, typename F>
Kernel Wrapping(const DataType& type, F f) {
  if constexpr (std::is_integral_v<T>) {
    using Unsigned = std::make_unsigned_t<T>;
    return LiftKernel<T(T, T)>(type, [f](T a, T b) {
      return static_cast<T>(f(static_cast<uint64_t>(static_cast<Unsigned>(a)),
                              static_cast<uint64_t>(static_cast<Unsigned>(b))));
    });
  } else {
    return LiftKernel<T(T, T)>(type, [f](T a, T b) { return static_cast<T>(f(a, b)); });
  }
}

// The one quotient that overflows is its own negation in Java: MIN / -1 = MIN, MIN % -1 = 0.
template <typename T>
Kernel Divide(const DataType& type) {
  if constexpr (std::is_integral_v<T>) {
    return LiftKernel<T(T, T)>(type, [](T a, T b, RowContext& row) -> T {
      if (b == 0) {
        row.Fail(kDivisionByZero);
        return 0;
      }
      if (b == -1) return static_cast<T>(0 - static_cast<uint64_t>(a));
      return static_cast<T>(a / b);
    });
  } else {
    return LiftKernel<T(T, T)>(type, [](T a, T b) { return static_cast<T>(a / b); });
  }
}

template <typename T>
Kernel Mod(const DataType& type) {
  if constexpr (std::is_integral_v<T>) {
    return LiftKernel<T(T, T)>(type, [](T a, T b, RowContext& row) -> T {
      if (b == 0) {
        row.Fail(kDivisionByZero);
        return 0;
      }
      return b == -1 ? T{0} : static_cast<T>(a % b);
    });
  } else {
    return LiftKernel<T(T, T)>(type, [](T a, T b) { return static_cast<T>(std::fmod(a, b)); });
  }
}

template <typename T>
Kernel NumberKernel(Operation operation, const DataType& type) {
  switch (operation) {
    case Operation::kPlus:
      return Wrapping<T>(type, [](auto a, auto b) { return a + b; });
    case Operation::kMinus:
      return Wrapping<T>(type, [](auto a, auto b) { return a - b; });
    case Operation::kTimes:
      return Wrapping<T>(type, [](auto a, auto b) { return a * b; });
    case Operation::kDivide:
      return Divide<T>(type);
    case Operation::kMod:
      break;
  }
  return Mod<T>(type);
}

template <typename Compute>
Kernel DecimalPairKernel(const Expression& call, bool zero_fails, Compute compute) {
  const DataType type = call.type();
  const int a_scale = call.arguments()[0]->type().scale();
  const int b_scale = call.arguments()[1]->type().scale();
  return LiftKernel<Decimal(Decimal, Decimal)>(
      type, [=](Decimal a, Decimal b, RowContext& row) -> Decimal {
        if (zero_fails && b == 0) {
          row.Fail(kDivisionByZero);
          return 0;
        }
        const auto result = compute(DecimalPair{a, a_scale, b, b_scale}, type);
        if (!result) row.SetNull();
        return result.value_or(0);
      });
}

Kernel DecimalKernel(Operation operation, const Expression& call) {
  switch (operation) {
    case Operation::kPlus:
      return DecimalPairKernel(call, false, AddDecimals);
    case Operation::kMinus:
      return DecimalPairKernel(call, false, [](DecimalPair pair, const DataType& type) {
        pair.b = -pair.b;
        return AddDecimals(pair, type);
      });
    case Operation::kTimes:
      return DecimalPairKernel(call, false, MultiplyDecimals);
    case Operation::kDivide:
      return DecimalPairKernel(call, true, DivideDecimals);
    case Operation::kMod:
      break;
  }
  return DecimalPairKernel(call, true, RemainderOfDecimals);
}

DataType DecimalType(Operation operation, const DataType& a, const DataType& b) {
  switch (operation) {
    case Operation::kPlus:
    case Operation::kMinus:
      return DecimalSum(a, b);
    case Operation::kTimes:
      return DecimalProduct(a, b);
    case Operation::kDivide:
      return DecimalQuotient(a, b);
    case Operation::kMod:
      break;
  }
  return DecimalRemainder(a, b);
}

absl::StatusOr<ExpressionPtr> BindNumbers(const OperationLine& line, ExpressionPtr a,
                                          ExpressionPtr b) {
  const bool approximate =
      a->type().kind() == TypeKind::kFloat || a->type().kind() == TypeKind::kDouble ||
      b->type().kind() == TypeKind::kFloat || b->type().kind() == TypeKind::kDouble;
  const bool decimal =
      a->type().kind() == TypeKind::kDecimal || b->type().kind() == TypeKind::kDecimal;
  if (decimal && !approximate) {
    const DataType a_type = AsDecimal(a->type());
    const DataType b_type = AsDecimal(b->type());
    a = Coerced(std::move(a), a_type);
    b = Coerced(std::move(b), b_type);
    const DataType type = DecimalType(line.operation, a->type(), b->type());
    return StrictCall(line.name, {std::move(a), std::move(b)}, type);
  }
  const DataType common = *LeastRestrictive({a->type(), b->type()});
  // The remainder has the type of the divisor: BIGINT % INT is INT.
  const DataType narrow = b->type();
  a = Coerced(std::move(a), common);
  b = Coerced(std::move(b), common);
  ExpressionPtr call = StrictCall(line.name, {std::move(a), std::move(b)}, common);
  if (line.operation == Operation::kMod && narrow.IsInteger() && common.IsInteger() &&
      narrow.kind() != common.kind()) {
    return StrictCall("cast", {std::move(call)}, narrow);
  }
  return call;
}

// A bare NULL takes the type of the other side.
void TypeNulls(ExpressionPtr& a, ExpressionPtr& b) {
  const auto is_null = [](const ExpressionPtr& e) { return e->type().kind() == TypeKind::kNull; };
  const auto partner = [](const DataType& type) {
    return type.IsNumeric() || type.IsInterval() ? type : DataType::IntervalDayTime();
  };
  if (is_null(a) && is_null(b)) a = Expression::Null(DataType::Int());
  if (is_null(a)) a = Expression::Null(partner(b->type()));
  if (is_null(b)) b = Expression::Null(partner(a->type()));
}

absl::StatusOr<ExpressionPtr> BindNegate(ExpressionList arguments) {
  if (arguments.size() != 1) return WrongArguments("-", arguments, "a number or an interval");
  if (arguments[0]->type().kind() == TypeKind::kNull) {
    arguments[0] = Expression::Null(DataType::Int());
  }
  const DataType type = arguments[0]->type();
  if (!type.IsNumeric() && !type.IsInterval()) {
    return WrongArguments("-", arguments, "a number or an interval");
  }
  return StrictCall("negate", std::move(arguments), type);
}

absl::StatusOr<ExpressionPtr> BindOperation(const OperationLine& line, ExpressionList arguments) {
  if (arguments.size() == 1 && line.operation == Operation::kMinus) {
    return BindNegate(std::move(arguments));
  }
  if (arguments.size() != 2) return WrongArguments(line.symbol, arguments, "two numbers");
  ExpressionPtr& a = arguments[0];
  ExpressionPtr& b = arguments[1];
  TypeNulls(a, b);
  if (a->type().IsNumeric() && b->type().IsNumeric()) {
    return BindNumbers(line, std::move(a), std::move(b));
  }
  const bool plus = line.operation == Operation::kPlus;
  // INTERVAL + TIMESTAMP is TIMESTAMP + INTERVAL; number * INTERVAL likewise.
  if (plus && a->type().IsInterval() && !b->type().IsInterval()) std::swap(a, b);
  if (line.operation == Operation::kTimes && b->type().IsInterval()) std::swap(a, b);
  std::optional<DataType> type;
  if (plus || line.operation == Operation::kMinus) {
    type = ShiftedType(a->type(), b->type());
  } else if (a->type().IsInterval() && b->type().IsInteger() && line.operation != Operation::kMod) {
    type = a->type();
    const bool months = type->kind() == TypeKind::kIntervalYearMonth;
    if (months && b->type().kind() == TypeKind::kBigInt) type.reset();
    if (type) b = Coerced(std::move(b), months ? DataType::Int() : DataType::BigInt());
  }
  if (!type) return WrongArguments(line.symbol, arguments, kAccepts);
  return StrictCall(line.name, std::move(arguments), *type);
}

absl::StatusOr<Kernel> OperationKernel(Operation operation, const Expression& call) {
  const DataType& a = call.arguments()[0]->type();
  const DataType& b = call.arguments()[1]->type();
  if (call.type().kind() == TypeKind::kDecimal) return DecimalKernel(operation, call);
  const bool shift = operation == Operation::kPlus || operation == Operation::kMinus;
  if (!a.IsNumeric() && !a.IsInterval() && shift) {
    return ShiftKernel(a, b, operation == Operation::kMinus);
  }
  Kernel kernel;
  WithFixedWidth(a, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, Decimal>) kernel = NumberKernel<T>(operation, call.type());
  });
  if (kernel == nullptr) return absl::InvalidArgumentError(call.ToString() + " is not arithmetic");
  return kernel;
}

absl::StatusOr<Kernel> NegateKernel(const Expression& call) {
  const DataType& type = call.type();
  Kernel kernel;
  WithFixedWidth(type, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>) {
      kernel = LiftKernel<T(T)>(
          type, [](T value) { return static_cast<T>(0 - static_cast<uint64_t>(value)); });
    } else {
      kernel = LiftKernel<T(T)>(type, [](T value) { return static_cast<T>(-value); });
    }
  });
  return kernel;
}

}  // namespace

void AddArithmeticFunctions(ScalarFunctionTable& table) {
  for (const OperationLine& line : kOperations) {
    FunctionDefinition definition{.name = line.name, .aliases = line.symbol, .accepts = kAccepts};
    definition.syntax = line.operation != Operation::kMod;  // MOD(a, b) too.
    definition.bind = [line](ExpressionList arguments) {
      return BindOperation(line, std::move(arguments));
    };
    definition.kernel = [line](const Expression& call) {
      return OperationKernel(line.operation, call);
    };
    table.Add(std::move(definition));
  }
  table.Add({.name = "negate",
             .syntax = true,
             .accepts = "a number or an interval",
             .bind = BindNegate,
             .kernel = NegateKernel});
}

}  // namespace millrace
