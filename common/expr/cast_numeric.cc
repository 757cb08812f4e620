#include <cmath>
#include <limits>
#include <type_traits>

#include "common/expr/cast_kernels.h"
#include "common/expr/decimal.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

// As Java narrows: integers lose their upper bits; a floating value first becomes an int or a long.
template <typename To, typename From>
To ConvertPrimitive(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if constexpr (sizeof(To) == 8) return SaturatedInt64(value);
    return static_cast<To>(SaturatedInt32(value));
  } else {
    return static_cast<To>(value);
  }
}

template <typename From>
Kernel ToDecimal(const DataType& from, const DataType& to) {
  const int scale = from.scale();
  return LiftKernel<Decimal(From)>(to, [scale, to](From value, RowContext& row) -> Decimal {
    std::optional<Decimal> result;
    if constexpr (std::is_same_v<From, double>) {
      result = DecimalOfDouble(value, to);
    } else if constexpr (std::is_same_v<From, float>) {
      result = DecimalOfFloat(value, to);
    } else {
      result = RescaleDecimal(static_cast<Decimal>(value), scale, to);
    }
    if (!result) row.SetNull();
    return result.value_or(0);
  });
}

template <typename To>
Kernel FromDecimal(const DataType& from, const DataType& to) {
  return LiftKernel<To(Decimal)>(to, [scale = from.scale()](Decimal value) {
    if constexpr (std::is_floating_point_v<To>) {
      return static_cast<To>(DoubleOfDecimal(value, scale));
    } else {
      return static_cast<To>(IntegerOfDecimal(value, scale));
    }
  });
}

template <typename From>
Kernel ToBoolean(const DataType& to) {
  return LiftKernel<bool(From)>(to, [](From value) { return value != 0; });
}

// `To` is a number's type.
template <typename From, typename To>
Kernel Convert(const DataType& from, const DataType& to) {
  if constexpr (std::is_same_v<To, Decimal>) {
    return ToDecimal<From>(from, to);
  } else if constexpr (std::is_same_v<From, Decimal>) {
    return FromDecimal<To>(from, to);
  } else {
    return LiftKernel<To(From)>(to, [](From value) { return ConvertPrimitive<To>(value); });
  }
}

template <typename To>
Kernel FromBoolean(const DataType& to) {
  if constexpr (std::is_same_v<To, Decimal>) {
    const Decimal one = PowerOfTen(to.scale());
    const bool fits = FitsPrecision(one, to.precision());
    return LiftKernel<To(bool)>(to, [=](bool value, RowContext& row) -> Decimal {
      if (value && !fits) row.SetNull();
      return value ? one : 0;
    });
  } else {
    return LiftKernel<To(bool)>(to, [](bool value) { return static_cast<To>(value ? 1 : 0); });
  }
}

}  // namespace

int64_t SaturatedInt64(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 9223372036854775808.0) return std::numeric_limits<int64_t>::max();
  if (value < -9223372036854775808.0) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

int32_t SaturatedInt32(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 2147483647.0) return std::numeric_limits<int32_t>::max();
  if (value <= -2147483648.0) return std::numeric_limits<int32_t>::min();
  return static_cast<int32_t>(value);
}

Kernel NumericCast(const DataType& from, const DataType& to) {
  Kernel kernel;
  if (from.kind() == TypeKind::kBoolean) {
    WithFixedWidth(to, [&](auto zero) { kernel = FromBoolean<decltype(zero)>(to); });
    return kernel;
  }
  WithFixedWidth(from, [&](auto from_zero) {
    using From = decltype(from_zero);
    if (to.kind() == TypeKind::kBoolean) {
      kernel = ToBoolean<From>(to);
      return;
    }
    WithFixedWidth(to, [&](auto to_zero) { kernel = Convert<From, decltype(to_zero)>(from, to); });
  });
  return kernel;
}

}  // namespace millrace
