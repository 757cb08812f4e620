#include "worker/format/column/value_text.h"

#include <charconv>

#include "absl/strings/escaping.h"
#include "arrow/array/array_binary.h"
#include "arrow/array/array_decimal.h"
#include "arrow/array/array_primitive.h"
#include "arrow/util/decimal.h"
#include "common/base/absl_view.h"
#include "common/columnar/calendar.h"
#include "common/columnar/value_format.h"

namespace millrace {
namespace {

template <typename T>
T ValueAt(const arrow::Array& array, int64_t row) {
  return array.data()->GetValues<T>(1)[row];
}

void AppendInteger(int64_t value, std::string& out) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// As BigDecimal.toPlainString.
void AppendPlain(const std::string& digits, int64_t scale, std::string& out) {
  const size_t sign = digits[0] == '-' ? 1 : 0;
  std::string text = digits;
  if (scale < 0) text.append(static_cast<size_t>(-scale), '0');
  if (scale > 0) {
    const auto fraction = static_cast<size_t>(scale);
    if (text.size() - sign <= fraction) text.insert(sign, fraction + 1 + sign - text.size(), '0');
    text.insert(text.size() - fraction, 1, '.');
  }
  out += text;
}

void AppendDecimal(const arrow::Decimal128& value, int scale, bool scientific, std::string& out) {
  std::string digits = value.ToIntegerString();
  if (!scientific) return AppendPlain(digits, scale, out);
  // As BigDecimal.stripTrailingZeros().toString().
  int64_t stripped = scale;
  const size_t sign = digits[0] == '-' ? 1 : 0;
  while (digits.size() > sign + 1 && digits.back() == '0') {
    digits.pop_back();
    --stripped;
  }
  if (digits == "0") stripped = 0;
  const auto precision = static_cast<int64_t>(digits.size() - sign);
  const int64_t exponent = precision - 1 - stripped;
  if (stripped >= 0 && exponent >= -6) return AppendPlain(digits, stripped, out);
  if (precision > 1) digits.insert(sign + 1, 1, '.');
  out += digits;
  out += exponent < 0 ? "E" : "E+";
  AppendInteger(exponent, out);
}

// With as many digits of the fraction as there are; seconds always.
void AppendTime(int64_t micros_of_day, std::string& out) {
  int64_t fraction = micros_of_day % 1'000'000;
  int digits = fraction == 0 ? 0 : 6;
  for (; digits > 0 && fraction % 10 == 0; fraction /= 10) --digits;
  AppendTimeOfDay(micros_of_day, digits, out);
}

void AppendTimestamp(const DataType& type, int64_t value, std::string& out) {
  const int64_t micros_per_unit = type.precision() <= 3 ? 1000 : 1;
  const int64_t units_per_day = kMicrosPerDay / micros_per_unit;
  AppendDate(FloorDiv(value, units_per_day), out);
  out += ' ';
  AppendTime(FloorMod(value, units_per_day) * micros_per_unit, out);
  if (type.kind() == TypeKind::kTimestampLtz) out += 'Z';
}

}  // namespace

void AppendValueText(const ValueTextOf& of, const arrow::Array& column, int64_t row,
                     std::string& out) {
  switch (of.type.kind()) {
    case TypeKind::kBoolean:
      out += static_cast<const arrow::BooleanArray&>(column).Value(row) ? "true" : "false";
      return;
    case TypeKind::kTinyInt:
      return AppendInteger(ValueAt<int8_t>(column, row), out);
    case TypeKind::kSmallInt:
      return AppendInteger(ValueAt<int16_t>(column, row), out);
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return AppendInteger(ValueAt<int32_t>(column, row), out);
    case TypeKind::kBigInt:
    case TypeKind::kIntervalDayTime:
      return AppendInteger(ValueAt<int64_t>(column, row), out);
    case TypeKind::kFloat:
      return AppendFloat(ValueAt<float>(column, row), out);
    case TypeKind::kDouble:
      return AppendDouble(ValueAt<double>(column, row), out);
    case TypeKind::kDecimal:
      return AppendDecimal(
          arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(column).GetValue(row)),
          of.type.scale(), of.form.scientific_decimals, out);
    case TypeKind::kBinary:
    case TypeKind::kVarbinary: {
      std::string text;
      absl::Base64Escape(AbslView(static_cast<const arrow::BinaryArray&>(column).GetView(row)),
                         &text);
      out += text;
      return;
    }
    case TypeKind::kDate:
      return AppendDate(ValueAt<int32_t>(column, row), out);
    case TypeKind::kTime:
      return AppendTime(ValueAt<int32_t>(column, row) * int64_t{1000}, out);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return AppendTimestamp(of.type, ValueAt<int64_t>(column, row), out);
    default:
      out += static_cast<const arrow::BinaryArray&>(column).GetView(row);
  }
}

}  // namespace millrace
