#include "worker/format/column/text_value.h"

#include <limits>
#include <optional>

#include "common/expr/decimal.h"
#include "worker/format/column/scalar_text.h"

namespace millrace {
namespace {

template <typename T>
bool SetIfAny(ColumnBuffer& column, int64_t slot, const std::optional<T>& value) {
  if (value.has_value()) column.Set<T>(slot, *value);
  return value.has_value();
}

template <typename T>
bool SetInteger(ColumnBuffer& column, int64_t slot, std::string_view text) {
  const std::optional<int64_t> value = ParseIntegerText({.text = TrimText(text), .quoted = true});
  if (!value.has_value() || *value < std::numeric_limits<T>::min() ||
      *value > std::numeric_limits<T>::max()) {
    return false;
  }
  column.Set<T>(slot, static_cast<T>(*value));
  return true;
}

// Java takes a type's letter behind a number.
NumberText RealText(std::string_view text) {
  text = TrimText(text);
  constexpr std::string_view kLetters = "fFdD";
  if (text.size() > 1 && kLetters.find(text.back()) != std::string_view::npos) {
    const char before = text[text.size() - 2];
    if ((before >= '0' && before <= '9') || before == '.') text.remove_suffix(1);
  }
  return {.text = text, .quoted = true};
}

}  // namespace

bool TextValues::Takes(const DataType& type) {
  return type.kind() != TypeKind::kArray && type.kind() != TypeKind::kMap &&
         type.kind() != TypeKind::kRow && type.kind() != TypeKind::kNull;
}

bool TextValues::Set(ColumnBuffer& column, int64_t slot, std::string_view text) {
  const DataType& type = column.type();
  switch (type.kind()) {
    case TypeKind::kBoolean: {
      const std::optional<bool> value = ParseBooleanText(TrimText(text));
      if (value.has_value()) column.Set<uint8_t>(slot, *value ? 1 : 0);
      return value.has_value();
    }
    case TypeKind::kTinyInt:
      return SetInteger<int8_t>(column, slot, text);
    case TypeKind::kSmallInt:
      return SetInteger<int16_t>(column, slot, text);
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return SetInteger<int32_t>(column, slot, text);
    case TypeKind::kBigInt:
    case TypeKind::kIntervalDayTime:
      return SetInteger<int64_t>(column, slot, text);
    case TypeKind::kFloat:
      return SetIfAny(column, slot, ParseFloatText(RealText(text)));
    case TypeKind::kDouble:
      return SetIfAny(column, slot, ParseDoubleText(RealText(text)));
    case TypeKind::kDecimal:
      return SetIfAny(column, slot, ParseDecimal(text, type));
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return column.SetString(slot, text);
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return DecodeBase64(text, bytes_) && column.SetString(slot, bytes_);
    case TypeKind::kDate:
      return SetIfAny(column, slot, ParseDateText(text));
    case TypeKind::kTime:
      return SetIfAny(column, slot, ParseTimeText(text, type.precision()));
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return SetTimestamp(column, slot, TrimText(text));
    default:
      return false;
  }
}

bool TextValues::SetTimestamp(ColumnBuffer& column, int64_t slot, std::string_view text) {
  const DataType& type = column.type();
  const bool zoned = type.kind() == TypeKind::kTimestampLtz;
  std::string_view local = text;
  if (zoned && local.ends_with('Z')) local.remove_suffix(1);
  if (local.size() != text.size() || !zoned) {
    const auto millis = timestamps_.Parse(local.data(), static_cast<int64_t>(local.size()), ' ');
    if (millis.has_value()) {
      const int precision = type.precision();
      column.Set<int64_t>(slot,
                          precision <= 3 ? CutMillis(*millis, precision) : *millis * int64_t{1000});
      return true;
    }
  }
  return SetIfAny(column, slot,
                  ParseTimestampText(text, type.precision(), {.iso = false, .zoned = zoned}));
}

}  // namespace millrace
