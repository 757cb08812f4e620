#include "common/columnar/value_format.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "arrow/array/array_decimal.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "arrow/util/decimal.h"
#include "common/columnar/calendar.h"

namespace millrace {
namespace {

// One of the two forms, and the zone of local times in the second.
struct Form {
  bool java = false;
  const TimeZone* zone = nullptr;  // Null: UTC.
};
constexpr Form kJava{.java = true};

// The shortest digits that give the value back: "d.ddde[+-]xx".
template <typename Float>
void AppendFloating(Float value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
    return;
  }
  char text[64];
  const Float magnitude = std::abs(value);
  const bool plain = magnitude == 0 || (magnitude >= Float{1e-3} && magnitude < Float{1e7});
  if (plain) {
    const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed).ptr;
    out.append(text, end);
    if (std::memchr(text, '.', end - text) == nullptr) out += ".0";
    return;
  }
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific);
  const std::string_view digits(text, end.ptr - text);
  const size_t e = digits.find('e');
  out += digits.substr(0, e);
  if (digits.substr(0, e).find('.') == std::string_view::npos) out += ".0";
  int exponent = 0;
  const char* first = digits.data() + e + 1;
  if (*first == '+') ++first;
  std::from_chars(first, end.ptr, exponent);
  absl::StrAppend(&out, "E", exponent);
}

int64_t MicrosOf(const DataType& type, int64_t value) {
  return type.precision() <= 3 ? value * 1000 : value;
}

void AppendTimestamp(const DataType& type, int64_t value, Form form, std::string& out) {
  if (!form.java && type.kind() == TypeKind::kTimestampLtz && form.zone != nullptr) {
    const int64_t per_second = type.precision() <= 3 ? 1000 : 1'000'000;
    const int64_t ahead = form.zone->OffsetAt(FloorDiv(value, per_second)) * per_second;
    // Wraps around at the ends of time.
    value = static_cast<int64_t>(static_cast<uint64_t>(value) + static_cast<uint64_t>(ahead));
  }
  // Days and rest in the column's unit: microseconds of a far millisecond would not fit.
  const int64_t per_day = type.precision() <= 3 ? kMillisPerDay : kMicrosPerDay;
  const int64_t days = FloorDiv(value, per_day);
  const int64_t micros = MicrosOf(type, FloorMod(value, per_day));
  AppendDate(days, out);
  if (!form.java) {
    out += ' ';
    AppendTimeOfDay(micros, type.precision(), out);
    return;
  }
  out += 'T';
  const bool zoned = type.kind() == TypeKind::kTimestampLtz;
  if (zoned && micros % 60'000'000 == 0) {
    AppendTimeOfDay(micros, 0, out);  // Instant.toString() keeps zero seconds.
  } else {
    AppendJavaTimeOfDay(micros, out);
  }
  if (zoned) out += 'Z';
}

void AppendTime(const DataType& type, int32_t millis, Form form, std::string& out) {
  if (form.java) return AppendJavaTimeOfDay(int64_t{millis} * 1000, out);
  AppendTimeOfDay(int64_t{millis} * 1000, type.precision(), out);
}

void AppendInterval(int64_t millis, std::string& out) {
  const uint64_t magnitude =
      millis < 0 ? ~static_cast<uint64_t>(millis) + 1 : static_cast<uint64_t>(millis);
  absl::StrAppendFormat(&out, "%c%d %02d:%02d:%02d.%03d", millis < 0 ? '-' : '+',
                        magnitude / kMillisPerDay, magnitude / 3'600'000 % 24,
                        magnitude / 60'000 % 60, magnitude / 1000 % 60, magnitude % 1000);
}

void AppendMonths(int32_t months, std::string& out) {
  const int64_t magnitude = std::abs(int64_t{months});
  absl::StrAppendFormat(&out, "%c%d-%02d", months < 0 ? '-' : '+', magnitude / 12, magnitude % 12);
}

void AppendBinary(std::string_view bytes, Form form, std::string& out) {
  if (!form.java) {
    out += bytes;
    return;
  }
  out += '[';
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) out += ", ";
    absl::StrAppend(&out, static_cast<int>(static_cast<signed char>(bytes[i])));
  }
  out += ']';
}

void Append(const DataType& type, const arrow::Array& column, int64_t row, Form form,
            std::string& out);

void AppendList(const DataType& type, const arrow::ListArray& column, int64_t row, Form form,
                std::string& out) {
  out += '[';
  for (int64_t i = column.value_offset(row); i < column.value_offset(row + 1); ++i) {
    if (i > column.value_offset(row)) out += ", ";
    Append(type.children()[0], *column.values(), i, form, out);
  }
  out += ']';
}

void AppendMap(const DataType& type, const arrow::MapArray& column, int64_t row, Form form,
               std::string& out) {
  out += '{';
  for (int64_t i = column.value_offset(row); i < column.value_offset(row + 1); ++i) {
    if (i > column.value_offset(row)) out += ", ";
    Append(type.children()[0], *column.keys(), i, form, out);
    out += '=';
    Append(type.children()[1], *column.items(), i, form, out);
  }
  out += '}';
}

void AppendStruct(const DataType& type, const arrow::StructArray& column, int64_t row, Form form,
                  std::string& out) {
  out += form.java ? "+I[" : "(";
  for (int i = 0; i < column.num_fields(); ++i) {
    if (i > 0) out += ", ";
    Append(type.children()[i], *column.field(i), row, form, out);
  }
  out += form.java ? ']' : ')';
}

// Plain digits, never an exponent: "0.00000001".
void AppendDecimal(const arrow::Decimal128& value, int scale, std::string& out) {
  std::string digits = value.ToIntegerString();
  if (digits[0] == '-') {
    out += '-';
    digits.erase(0, 1);
  }
  const size_t fraction = static_cast<size_t>(scale);
  if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
  out.append(digits, 0, digits.size() - fraction);
  if (fraction > 0) absl::StrAppend(&out, ".", digits.substr(digits.size() - fraction));
}

template <typename ArrayType>
auto ValueOf(const arrow::Array& column, int64_t row) {
  return static_cast<const ArrayType&>(column).Value(row);
}

void AppendScalar(const DataType& type, const arrow::Array& column, int64_t row, Form form,
                  std::string& out) {
  switch (type.kind()) {
    case TypeKind::kTinyInt:
      absl::StrAppend(&out, static_cast<int>(ValueOf<arrow::Int8Array>(column, row)));
      return;
    case TypeKind::kSmallInt:
      absl::StrAppend(&out, ValueOf<arrow::Int16Array>(column, row));
      return;
    case TypeKind::kInt:
      absl::StrAppend(&out, ValueOf<arrow::Int32Array>(column, row));
      return;
    case TypeKind::kBigInt:
      absl::StrAppend(&out, ValueOf<arrow::Int64Array>(column, row));
      return;
    case TypeKind::kFloat:
      AppendFloating(ValueOf<arrow::FloatArray>(column, row), out);
      return;
    case TypeKind::kDouble:
      AppendFloating(ValueOf<arrow::DoubleArray>(column, row), out);
      return;
    case TypeKind::kDecimal:
      AppendDecimal(
          arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(column).GetValue(row)),
          type.scale(), out);
      return;
    case TypeKind::kDate:
      AppendDate(ValueOf<arrow::Date32Array>(column, row), out);
      return;
    case TypeKind::kTime:
      AppendTime(type, ValueOf<arrow::Time32Array>(column, row), form, out);
      return;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      AppendTimestamp(type, ValueOf<arrow::TimestampArray>(column, row), form, out);
      return;
    case TypeKind::kIntervalYearMonth:
      AppendMonths(ValueOf<arrow::Int32Array>(column, row), out);
      return;
    case TypeKind::kIntervalDayTime:
      AppendInterval(ValueOf<arrow::DurationArray>(column, row), out);
      return;
    default:
      return;
  }
}

void Append(const DataType& type, const arrow::Array& column, int64_t row, Form form,
            std::string& out) {
  if (column.IsNull(row)) {
    out += form.java ? "null" : "NULL";
    return;
  }
  switch (type.kind()) {
    case TypeKind::kBoolean: {
      const bool value = ValueOf<arrow::BooleanArray>(column, row);
      out += form.java ? (value ? "true" : "false") : (value ? "TRUE" : "FALSE");
      return;
    }
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      out += static_cast<const arrow::BinaryArray&>(column).GetView(row);
      return;
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      AppendBinary(static_cast<const arrow::BinaryArray&>(column).GetView(row), form, out);
      return;
    case TypeKind::kArray:
      return AppendList(type, static_cast<const arrow::ListArray&>(column), row, form, out);
    case TypeKind::kMap:
      return AppendMap(type, static_cast<const arrow::MapArray&>(column), row, form, out);
    case TypeKind::kRow:
      return AppendStruct(type, static_cast<const arrow::StructArray&>(column), row, form, out);
    default:
      return AppendScalar(type, column, row, form, out);
  }
}

}  // namespace

void AppendValue(const DataType& type, const arrow::Array& column, int64_t row, std::string& out) {
  Append(type, column, row, kJava, out);
}

void AppendSqlValue(const DataType& type, const arrow::Array& column, int64_t row,
                    std::string& out) {
  Append(type, column, row, Form(), out);
}

void AppendSqlValue(const DataType& type, const arrow::Array& column, int64_t row,
                    const TimeZone& zone, std::string& out) {
  Append(type, column, row, {.zone = zone.is_utc() ? nullptr : &zone}, out);
}

void AppendRow(const Schema& schema, const Batch& batch, int64_t row, std::string& out) {
  out += RowKindString(batch.row_kind(row));
  out += '[';
  for (int i = 0; i < schema.size(); ++i) {
    if (i > 0) out += ", ";
    Append(schema.field(i).type, *batch.column(i), row, kJava, out);
  }
  out += ']';
}

void AppendDouble(double value, std::string& out) { AppendFloating(value, out); }
void AppendFloat(float value, std::string& out) { AppendFloating(value, out); }

}  // namespace millrace
