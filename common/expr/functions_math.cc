// ABS, SIGN, FLOOR, CEIL, ROUND, TRUNCATE.
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/status_macros.h"
#include "common/columnar/value_format.h"
#include "common/expr/decimal.h"
#include "common/expr/decimal_digits.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/temporal_arithmetic.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

// A kernel of one number of any type; `f` is generic.
template <typename F>
KernelFactory ForNumber(F f) {
  return [f](const Expression& call) -> absl::StatusOr<Kernel> {
    Kernel kernel;
    WithFixedWidth(call.type(), [&](auto zero) {
      using T = decltype(zero);
      kernel = LiftKernel<T(T)>(call.type(), [f](T value) { return static_cast<T>(f(value)); });
    });
    return kernel;
  };
}

// Java's Math.abs: the least integer is its own magnitude.
struct Abs {
  template <typename T>
  T operator()(T value) const {
    if constexpr (std::is_floating_point_v<T>) {
      return std::abs(value);
    } else if constexpr (std::is_same_v<T, Decimal>) {
      return value < 0 ? -value : value;
    } else {
      return value < 0 ? static_cast<T>(0 - static_cast<uint64_t>(value)) : value;
    }
  }
};

absl::StatusOr<Kernel> SignKernel(const Expression& call) {
  const DataType& type = call.type();
  if (type.kind() == TypeKind::kDecimal) {
    const Decimal one = PowerOfTen(type.scale());
    // A type of fractions alone has no 1.
    const bool fits = FitsPrecision(one, type.precision());
    return LiftKernel<Decimal(Decimal)>(type, [=](Decimal value, RowContext& row) -> Decimal {
      if (value != 0 && !fits) row.SetNull();
      return value > 0 ? one : value < 0 ? -one : 0;
    });
  }
  return ForNumber([](auto value) {
    using T = decltype(value);
    if constexpr (std::is_floating_point_v<T>) {
      return value > 0 ? T{1} : value < 0 ? T{-1} : value;
    } else {
      return static_cast<T>(value > 0 ? 1 : value < 0 ? -1 : 0);
    }
  })(call);
}

// DECIMAL(p, s) -> DECIMAL(p, 0), as Flink says; a result of p + 1 digits cannot arise from s = 0.
ResultType WithoutFraction() {
  return [](const ExpressionList& arguments) {
    const DataType& type = arguments[0]->type();
    return type.kind() == TypeKind::kDecimal ? DataType::Decimal(type.precision(), 0) : type;
  };
}

template <bool kUp>
absl::StatusOr<Kernel> FloorCeilKernel(const Expression& call) {
  const DataType& from = call.arguments()[0]->type();
  if (from.IsInteger()) return ForNumber([](auto value) { return value; })(call);
  if (from.kind() != TypeKind::kDecimal) {
    return ForNumber([](auto value) {
      if constexpr (std::is_floating_point_v<decltype(value)>) {
        return kUp ? std::ceil(value) : std::floor(value);
      } else {
        return value;
      }
    })(call);
  }
  const Decimal unit = PowerOfTen(from.scale());
  return LiftKernel<Decimal(Decimal)>(call.type(), [unit](Decimal value) {
    const Decimal quotient = value / unit;
    const Decimal rest = value % unit;
    if (rest == 0) return quotient;
    if (kUp) return quotient + (rest > 0 ? 1 : 0);
    return quotient - (rest < 0 ? 1 : 0);
  });
}

DataType RoundedType(const ExpressionList& arguments) {
  const DataType& type = arguments[0]->type();
  if (type.kind() != TypeKind::kDecimal) return type;
  if (arguments.size() == 1) return DecimalRounded(type, 0);
  // Only a literal is known now.
  const auto digits = LiteralInt(*arguments[1]);
  return digits ? DecimalRounded(type, *digits) : type;
}

// Half up in decimal digits, as BigDecimal does: ROUND(1.005, 2) is 1.0 only in binary.
double RoundDouble(double value, int32_t digits) {
  if (!std::isfinite(value) || digits > 300) return value;
  if (digits < -308) return 0;
  static const DataType kWide = DataType::Decimal(38, 20);
  if (digits >= 0 && digits < 20 && std::abs(value) < 1e17) {
    if (const auto exact = DecimalOfDouble(value, kWide)) {
      if (const auto rounded = RoundDecimal(*exact, 20, digits, 38)) {
        return DoubleOfDecimal(*rounded, digits);
      }
    }
  }
  const double factor = std::pow(10.0, std::abs(digits));
  const double scaled = digits >= 0 ? value * factor : value / factor;
  if (!std::isfinite(scaled)) return value;
  const double rounded = std::round(scaled);
  return digits >= 0 ? rounded / factor : rounded * factor;
}

template <typename T>
T RoundInteger(T value, int32_t digits) {
  if (digits >= 0) return value;
  if (digits < -19) return 0;
  const Decimal unit = PowerOfTen(-digits);
  const Decimal wide = value;
  const Decimal half = wide < 0 ? -unit / 2 : unit / 2;
  return static_cast<T>((wide + half) / unit * unit);
}

// At the scale of the result's type, whatever the number of digits.
std::optional<Decimal> RoundToType(Decimal value, int scale, int digits, const DataType& type) {
  const auto rounded = RoundDecimal(value, scale, digits, 38);
  if (!rounded) return std::nullopt;
  const int rounded_scale = digits >= scale ? scale : std::max(digits, 0);
  return RescaleDecimal(*rounded, rounded_scale, type);
}

absl::StatusOr<Kernel> RoundKernel(const Expression& call) {
  const DataType& type = call.type();
  Kernel kernel;
  WithFixedWidth(type, [&](auto zero) {
    using T = decltype(zero);
    const int scale = call.arguments()[0]->type().scale();
    const auto round = [type, scale](T value, int32_t digits, RowContext& row) -> T {
      if constexpr (std::is_same_v<T, Decimal>) {
        const auto rounded = RoundToType(value, scale, digits, type);
        if (!rounded) row.SetNull();
        return rounded.value_or(0);
      } else if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(RoundDouble(value, digits));
      } else {
        return RoundInteger(value, digits);
      }
    };
    if (call.arguments().size() == 2) {
      kernel = LiftKernel<T(T, int32_t)>(type, round);
    } else {
      kernel = LiftKernel<T(T)>(type,
                                [round](T value, RowContext& row) { return round(value, 0, row); });
    }
  });
  return kernel;
}

double DoubleOfFloatText(float value) {
  std::string text;
  AppendFloat(value, text);
  double result = value;
  return absl::SimpleAtod(text, &result) ? result : value;
}

// Toward zero, in decimal digits: TRUNCATE(0.29, 2) is 0.28 only in binary.
double TruncateDouble(double value, int32_t digits) {
  if (!std::isfinite(value)) return value;
  std::string text;
  AppendDouble(value, text);
  const auto exact = DecimalDigits::Parse(text);
  if (!exact || digits >= exact->scale) return value;
  const int64_t cut = int64_t{exact->scale} - digits;
  if (cut >= static_cast<int64_t>(exact->digits.size())) return 0;
  DecimalDigits truncated = *exact;
  truncated.digits.resize(truncated.digits.size() - cut);
  truncated.scale = digits;
  const std::string plain = truncated.Plain();
  double result = 0;
  if (!absl::SimpleAtod(plain, &result)) return value;
  return truncated.negative && result != 0 ? -result : result;
}

template <typename T>
T TruncateInteger(T value, int32_t digits) {
  if (digits >= 0) return value;
  if (digits < -19) return 0;
  const Decimal unit = PowerOfTen(-digits);
  return static_cast<T>(Decimal{value} / unit * unit);
}

std::optional<Decimal> TruncateToType(Decimal value, int scale, int digits, const DataType& type) {
  const int64_t cut = int64_t{scale} - digits;
  if (cut >= 38) return Decimal{0};
  if (cut > 0)
    value = value / PowerOfTen(static_cast<int>(cut)) * PowerOfTen(static_cast<int>(cut));
  return RescaleDecimal(value, scale, type);
}

absl::StatusOr<Kernel> TruncateKernel(const Expression& call) {
  const DataType& type = call.type();
  Kernel kernel;
  WithFixedWidth(type, [&](auto zero) {
    using T = decltype(zero);
    const int scale = call.arguments()[0]->type().scale();
    const auto truncate = [type, scale](T value, int32_t digits, RowContext& row) -> T {
      if constexpr (std::is_same_v<T, Decimal>) {
        const auto truncated = TruncateToType(value, scale, digits, type);
        if (!truncated) row.SetNull();
        return truncated.value_or(0);
      } else if constexpr (std::is_same_v<T, float>) {
        // As its own shortest text, not that of the DOUBLE it is.
        const double text_value = DoubleOfFloatText(value);
        return static_cast<float>(TruncateDouble(text_value, digits));
      } else if constexpr (std::is_floating_point_v<T>) {
        return TruncateDouble(value, digits);
      } else {
        return TruncateInteger(value, digits);
      }
    };
    if (call.arguments().size() == 2) {
      kernel = LiftKernel<T(T, int32_t)>(type, truncate);
    } else {
      kernel = LiftKernel<T(T)>(
          type, [truncate](T value, RowContext& row) { return truncate(value, 0, row); });
    }
  });
  return kernel;
}

// FLOOR and CEIL of numbers, and of temporals to a unit.
template <bool kUp>
void AddRounding(ScalarFunctionTable& table, const char* name, const char* aliases) {
  const KernelFactory to_unit = [](const Expression& call) { return RoundToUnitKernel(call, kUp); };
  table.Add(name, aliases,
            {{"NUMERIC", WithoutFraction(), FloorCeilKernel<kUp>},
             {"DATE, STRING", ReturnsTypeOf(0), to_unit},
             {"TIME, STRING", ReturnsTypeOf(0), to_unit},
             {"TIMESTAMP, STRING", ReturnsTypeOf(0), to_unit},
             {"TIMESTAMP_LTZ, STRING [, STRING]", ReturnsTypeOf(0), to_unit}});
}

}  // namespace

void AddMathFunctions(ScalarFunctionTable& table) {
  table.Add("abs", "", {{"NUMERIC", ReturnsTypeOf(0), ForNumber(Abs())}});
  table.Add("sign", "", {{"NUMERIC", ReturnsTypeOf(0), SignKernel}});
  table.Add("round", "",
            {{"NUMERIC", RoundedType, RoundKernel}, {"NUMERIC, INT", RoundedType, RoundKernel}});
  table.Add(
      "truncate", "",
      {{"NUMERIC", RoundedType, TruncateKernel}, {"NUMERIC, INT", RoundedType, TruncateKernel}});
  AddRounding<false>(table, "floor", "");
  AddRounding<true>(table, "ceil", "ceiling");
}

}  // namespace millrace
