#include "common/expr/json_writer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/escaping.h"
#include "arrow/array/array_binary.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "common/columnar/value_format.h"
#include "common/expr/decimal_digits.h"
#include "common/expr/json_document.h"

namespace millrace {
namespace {

std::string_view TextAt(const arrow::Array& column, int64_t row) {
  return static_cast<const arrow::BinaryArray&>(column).GetView(row);
}

void AppendReal(double value, std::string& out) {
  std::string text;
  AppendDouble(value, text);
  if (std::isfinite(value)) {
    AppendBigDecimal(text, out);
  } else {
    AppendJsonString(text, out);
  }
}

// With as many digits of the fraction as it needs, and Z for a TIMESTAMP_LTZ.
void AppendTimestamp(const DataType& type, const arrow::Array& column, int64_t row,
                     std::string& out) {
  std::string text;
  AppendSqlValue(type, column, row, text);
  const size_t space = text.find(' ');
  if (space != std::string::npos) text[space] = 'T';
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  if (type.kind() == TypeKind::kTimestampLtz) text += 'Z';
  AppendJsonString(text, out);
}

void AppendRowFields(const DataType& type, const arrow::Array& column, int64_t row,
                     std::string& out) {
  const auto& fields = static_cast<const arrow::StructArray&>(column);
  out += '{';
  for (size_t i = 0; i < type.children().size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(type.field_names()[i], out);
    out += ':';
    AppendJsonValue(type.children()[i], *fields.field(static_cast<int>(i)), row, out);
  }
  out += '}';
}

void AppendElements(const DataType& type, const arrow::Array& column, int64_t row,
                    std::string& out) {
  const auto& list = static_cast<const arrow::ListArray&>(column);
  out += '[';
  for (int32_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
    if (i > list.value_offset(row)) out += ',';
    AppendJsonValue(type.children()[0], *list.values(), i, out);
  }
  out += ']';
}

void AppendEntries(const DataType& type, const arrow::Array& column, int64_t row,
                   std::string& out) {
  const auto& map = static_cast<const arrow::MapArray&>(column);
  out += '{';
  for (int32_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
    if (i > map.value_offset(row)) out += ',';
    AppendJsonString(TextAt(*map.keys(), i), out);
    out += ':';
    AppendJsonValue(type.children()[1], *map.items(), i, out);
  }
  out += '}';
}

}  // namespace

bool HasJsonForm(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDayTime:
    case TypeKind::kNull:
      return false;
    case TypeKind::kMap:
      if (!type.children()[0].IsCharacter()) return false;
      break;
    default:
      break;
  }
  return std::all_of(type.children().begin(), type.children().end(), HasJsonForm);
}

void AppendJsonValue(const DataType& type, const arrow::Array& column, int64_t row,
                     std::string& out) {
  if (column.IsNull(row)) {
    out += "null";
    return;
  }
  switch (type.kind()) {
    case TypeKind::kFloat:
      return AppendReal(static_cast<const arrow::FloatArray&>(column).Value(row), out);
    case TypeKind::kDouble:
      return AppendReal(static_cast<const arrow::DoubleArray&>(column).Value(row), out);
    case TypeKind::kDecimal: {
      std::string text;
      AppendValue(type, column, row, text);
      return AppendBigDecimal(text, out);
    }
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return AppendJsonString(TextAt(column, row), out);
    case TypeKind::kBinary:
    case TypeKind::kVarbinary: {
      const std::string_view bytes = TextAt(column, row);
      return AppendJsonString(absl::Base64Escape({bytes.data(), bytes.size()}), out);
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return AppendTimestamp(type, column, row, out);
    case TypeKind::kRow:
      return AppendRowFields(type, column, row, out);
    case TypeKind::kArray:
      return AppendElements(type, column, row, out);
    case TypeKind::kMap:
      return AppendEntries(type, column, row, out);
    default:
      return AppendValue(type, column, row, out);
  }
}

}  // namespace millrace
