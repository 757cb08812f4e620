// Arithmetic on DECIMAL values, which are 128-bit integers with a scale that the type holds.
//
// As in Flink, a result is exact and then rounded half up to the scale of its type, and is NULL if
// it has more digits than the type. Intermediate results have 256 bits. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/columnar/data_type.h"

namespace millrace {

using Decimal = __int128;  // Unscaled.

// 10^exponent. REQUIRES: 0 <= exponent <= 38.
Decimal PowerOfTen(int exponent);
bool FitsPrecision(Decimal value, int precision);

// `value` of scale `scale` at the scale of `type`; empty if it does not fit.
std::optional<Decimal> RescaleDecimal(Decimal value, int scale, const DataType& type);

// Operands with their scales.
struct DecimalPair {
  Decimal a = 0;
  int a_scale = 0;
  Decimal b = 0;
  int b_scale = 0;
};
std::optional<Decimal> AddDecimals(const DecimalPair& pair, const DataType& type);
std::optional<Decimal> MultiplyDecimals(const DecimalPair& pair, const DataType& type);
// REQUIRES: b is not zero.
std::optional<Decimal> DivideDecimals(const DecimalPair& pair, const DataType& type);
// Has the sign of a. REQUIRES: b is not zero.
std::optional<Decimal> RemainderOfDecimals(const DecimalPair& pair, const DataType& type);

// `value` rounded half up to `digits` of its `scale` digits after the point (negative: before it),
// at the scale max(digits, 0) if that is less than `scale`. Empty if it does not fit into
// `precision`.
std::optional<Decimal> RoundDecimal(Decimal value, int scale, int digits, int precision);

// "-12.50", "1e3". Empty if it is no number or does not fit.
std::optional<Decimal> ParseDecimal(std::string_view text, const DataType& type);
// The shortest decimal number that reads back as `value`, as BigDecimal.valueOf. Empty if it does
// not fit, or is no number.
std::optional<Decimal> DecimalOfDouble(double value, const DataType& type);
std::optional<Decimal> DecimalOfFloat(float value, const DataType& type);
double DoubleOfDecimal(Decimal value, int scale);
// Toward zero; beyond 64 bits the lower 64 bits, as BigDecimal.longValue().
int64_t IntegerOfDecimal(Decimal value, int scale);

}  // namespace millrace
