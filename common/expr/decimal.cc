#include "common/expr/decimal.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "arrow/util/decimal.h"

namespace millrace {
namespace {

using arrow::BasicDecimal256;
using Wide = arrow::Decimal256;

constexpr int kMaxPrecision = 38;
constexpr int kWideDigits = 76;  // That 256 bits always hold.

constexpr std::array<Decimal, kMaxPrecision + 1> kPowers = [] {
  std::array<Decimal, kMaxPrecision + 1> powers{};
  Decimal power = 1;
  for (Decimal& entry : powers) {
    entry = power;
    power = static_cast<Decimal>(static_cast<unsigned __int128>(power) * 10);
  }
  return powers;
}();

Wide Widen(Decimal value) {
  return Wide(arrow::Decimal128(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)));
}

// REQUIRES: the value has at most 38 digits.
Decimal Narrow(const Wide& value) {
  const auto words = value.little_endian_array();
  return static_cast<Decimal>(static_cast<unsigned __int128>(words[1]) << 64 | words[0]);
}

Wide ScaledUp(Wide value, int digits) {
  return digits == 0 ? value : Wide(value.IncreaseScaleBy(digits));
}

// `value` of scale `from` at the scale of `type`.
std::optional<Decimal> Settle(const Wide& value, int from, const DataType& type) {
  Wide result = value;
  if (from > type.scale()) {
    result = value.ReduceScaleBy(from - type.scale(), /*round=*/true);
  } else if (from < type.scale()) {
    if (!value.FitsInPrecision(kMaxPrecision)) return std::nullopt;
    result = ScaledUp(value, type.scale() - from);
  }
  if (!result.FitsInPrecision(type.precision())) return std::nullopt;
  return Narrow(result);
}

bool FitsWord(Decimal value) { return value == static_cast<int64_t>(value); }

int Digits(Decimal value) {
  int digits = 1;
  while (digits < kMaxPrecision && !FitsPrecision(value, digits)) ++digits;
  return digits;
}

// Half up, away from zero.
Decimal DividedRounding(Decimal value, Decimal divisor) {
  const Decimal quotient = value / divisor;
  const Decimal rest = value % divisor;
  const Decimal magnitude = rest < 0 ? -rest : rest;
  if (magnitude < divisor - magnitude) return quotient;
  return quotient + (value < 0 ? -1 : 1);
}

std::optional<Decimal> ParseAny(std::string_view text, const DataType& type) {
  Wide value;
  int32_t precision = 0;
  int32_t scale = 0;
  if (!Wide::FromString(text, &value, &precision, &scale).ok()) return std::nullopt;
  if (scale > kWideDigits || scale < -kMaxPrecision) {
    return value == Wide(0) || scale > 0 ? std::optional<Decimal>(0) : std::nullopt;
  }
  return Settle(value, scale, type);
}

template <typename Float>
std::optional<Decimal> OfFloating(Float value, const DataType& type) {
  if (!std::isfinite(value)) return std::nullopt;
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific);
  return ParseAny(std::string_view(text, end.ptr - text), type);
}

}  // namespace

Decimal PowerOfTen(int exponent) { return kPowers[exponent]; }

bool FitsPrecision(Decimal value, int precision) {
  return value < kPowers[precision] && -value < kPowers[precision];
}

std::optional<Decimal> RescaleDecimal(Decimal value, int scale, const DataType& type) {
  Decimal result = value;
  if (scale > type.scale()) {
    result = DividedRounding(value, kPowers[scale - type.scale()]);
  } else if (__builtin_mul_overflow(value, kPowers[type.scale() - scale], &result)) {
    return std::nullopt;
  }
  if (!FitsPrecision(result, type.precision())) return std::nullopt;
  return result;
}

std::optional<Decimal> AddDecimals(const DecimalPair& pair, const DataType& type) {
  const int scale = std::max(pair.a_scale, pair.b_scale);
  if (scale == type.scale() && FitsWord(pair.a) && FitsWord(pair.b) && scale <= 18) {
    const Decimal sum =
        pair.a * kPowers[scale - pair.a_scale] + pair.b * kPowers[scale - pair.b_scale];
    if (!FitsPrecision(sum, type.precision())) return std::nullopt;
    return sum;
  }
  const Wide sum =
      ScaledUp(Widen(pair.a), scale - pair.a_scale) + ScaledUp(Widen(pair.b), scale - pair.b_scale);
  return Settle(sum, scale, type);
}

std::optional<Decimal> MultiplyDecimals(const DecimalPair& pair, const DataType& type) {
  const int scale = pair.a_scale + pair.b_scale;
  if (scale == type.scale() && FitsWord(pair.a) && FitsWord(pair.b)) {
    const Decimal product = pair.a * pair.b;
    if (!FitsPrecision(product, type.precision())) return std::nullopt;
    return product;
  }
  return Settle(Wide(Widen(pair.a) * Widen(pair.b)), scale, type);
}

std::optional<Decimal> DivideDecimals(const DecimalPair& pair, const DataType& type) {
  // One digit more than the result, and what is left over decides the rounding.
  const int exponent = type.scale() + pair.b_scale - pair.a_scale;
  if (Digits(pair.a) + exponent > kWideDigits) {
    // The quotient has more than 38 digits, unless it is nothing.
    if (pair.a == 0) return 0;
    return std::nullopt;
  }
  const Wide dividend = exponent > 0 ? ScaledUp(Widen(pair.a), exponent) : Widen(pair.a);
  const Wide divisor = exponent < 0 ? ScaledUp(Widen(pair.b), -exponent) : Widen(pair.b);
  const auto parts = dividend.Divide(divisor);
  if (!parts.ok()) return std::nullopt;
  Wide quotient = parts->first;
  const Wide rest(BasicDecimal256::Abs(parts->second));
  const Wide magnitude(BasicDecimal256::Abs(divisor));
  if (rest >= Wide(magnitude + (-rest))) {
    const bool negative = (pair.a < 0) != (pair.b < 0);
    quotient = quotient + Wide(negative ? -1 : 1);
  }
  if (!quotient.FitsInPrecision(type.precision())) return std::nullopt;
  return Narrow(quotient);
}

std::optional<Decimal> RemainderOfDecimals(const DecimalPair& pair, const DataType& type) {
  const int scale = std::max(pair.a_scale, pair.b_scale);
  const auto parts = ScaledUp(Widen(pair.a), scale - pair.a_scale)
                         .Divide(ScaledUp(Widen(pair.b), scale - pair.b_scale));
  if (!parts.ok()) return std::nullopt;
  return Settle(parts->second, scale, type);
}

std::optional<Decimal> RoundDecimal(Decimal value, int scale, int digits, int precision) {
  Decimal result = value;
  if (digits < scale) {
    const int64_t cut = int64_t{scale} - digits;
    if (cut > kMaxPrecision) return 0;
    result = DividedRounding(value, kPowers[cut]);
    if (digits < 0 && __builtin_mul_overflow(result, kPowers[-digits], &result)) {
      return std::nullopt;
    }
  }
  if (!FitsPrecision(result, precision)) return std::nullopt;
  return result;
}

std::optional<Decimal> ParseDecimal(std::string_view text, const DataType& type) {
  return ParseAny(text, type);
}

std::optional<Decimal> DecimalOfDouble(double value, const DataType& type) {
  return OfFloating(value, type);
}

std::optional<Decimal> DecimalOfFloat(float value, const DataType& type) {
  return OfFloating(value, type);
}

double DoubleOfDecimal(Decimal value, int scale) {
  if (FitsWord(value) && scale <= 18) {
    return static_cast<double>(static_cast<int64_t>(value)) /
           static_cast<double>(static_cast<int64_t>(kPowers[scale]));
  }
  const std::string text = Widen(value).ToIntegerString() + "e-" + std::to_string(scale);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

int64_t IntegerOfDecimal(Decimal value, int scale) {
  return static_cast<int64_t>(value / kPowers[scale]);
}

}  // namespace millrace
