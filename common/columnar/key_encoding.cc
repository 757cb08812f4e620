#include "common/columnar/key_encoding.h"

#include <cstring>

#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "common/base/check.h"
#include "common/columnar/key_bits.h"

namespace millrace {
namespace {

using key_bits::kNull;
using key_bits::kValue;

// Bytes of a value without its marker; 0 for types whose values differ in size.
uint32_t FixedSize(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
      return 1;
    case TypeKind::kSmallInt:
      return 2;
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalYearMonth:
      return 4;
    case TypeKind::kBigInt:
    case TypeKind::kDouble:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
    case TypeKind::kIntervalDayTime:
      return 8;
    case TypeKind::kDecimal:
      return 16;
    default:
      return 0;
  }
}

uint32_t SizeOf(const DataType& type, const arrow::Array& column, int64_t row);

uint32_t SizeOfArray(const DataType& type, const arrow::ListArray& column, int64_t row) {
  uint32_t size = 4;
  const arrow::Array& values = *column.values();
  for (int64_t i = column.value_offset(row); i < column.value_offset(row + 1); ++i) {
    size += SizeOf(type.children()[0], values, i);
  }
  return size;
}

// With the marker.
uint32_t SizeOf(const DataType& type, const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return 1;
  const uint32_t fixed = FixedSize(type.kind());
  if (fixed > 0) return 1 + fixed;
  switch (type.kind()) {
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return 5 + static_cast<const arrow::BinaryArray&>(column).value_length(row);
    case TypeKind::kArray:
      return 1 + SizeOfArray(type, static_cast<const arrow::ListArray&>(column), row);
    case TypeKind::kRow: {
      const auto& rows = static_cast<const arrow::StructArray&>(column);
      uint32_t size = 1;
      for (int i = 0; i < rows.num_fields(); ++i) {
        size += SizeOf(type.children()[i], *rows.field(i), row);
      }
      return size;
    }
    default:
      CHECK(false);  // KeyCodec::Create admits no other type.
      return 0;
  }
}

char* WriteBytes(std::string_view value, char* out) {
  StoreBig<uint32_t>(out, static_cast<uint32_t>(value.size()));
  if (!value.empty()) std::memcpy(out + 4, value.data(), value.size());
  return out + 4 + value.size();
}

// One value of a nested type with its marker; returns the end of what it wrote.
char* WriteValue(const DataType& type, const arrow::Array& column, int64_t row, char* out);

char* WriteNested(const DataType& type, const arrow::Array& column, int64_t row, char* out) {
  if (type.kind() == TypeKind::kArray) {
    const auto& list = static_cast<const arrow::ListArray&>(column);
    StoreBig<uint32_t>(out, static_cast<uint32_t>(list.value_length(row)));
    out += 4;
    for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
      out = WriteValue(type.children()[0], *list.values(), i, out);
    }
    return out;
  }
  CHECK(type.kind() == TypeKind::kRow);
  const auto& rows = static_cast<const arrow::StructArray&>(column);
  for (int i = 0; i < rows.num_fields(); ++i) {
    out = WriteValue(type.children()[i], *rows.field(i), row, out);
  }
  return out;
}

// Calls write(row, out) -> end for every value that is not NULL, after its marker.
template <typename Write>
void ForEachRow(const arrow::Array& column, char* out, uint32_t* at, Write write) {
  const bool has_nulls = column.null_count() > 0;
  for (int64_t row = 0; row < column.length(); ++row) {
    char* position = out + at[row];
    if (has_nulls && column.IsNull(row)) {
      *position = kNull;
      at[row] += 1;
      continue;
    }
    *position = kValue;
    at[row] = static_cast<uint32_t>(write(row, position + 1) - out);
  }
}

template <typename T, void (*Put)(char*, T)>
void WriteFixed(const arrow::Array& column, char* out, uint32_t* at) {
  const T* values = column.data()->GetValues<T>(1);
  ForEachRow(column, out, at, [values](int64_t row, char* position) {
    Put(position, values[row]);
    return position + sizeof(T);
  });
}

// A single value is a column of one row: nested values are rare enough for the slice.
char* WriteValue(const DataType& type, const arrow::Array& column, int64_t row, char* out) {
  uint32_t at = 0;
  WriteKeyColumn(type, *column.Slice(row, 1), out, &at);
  return out + at;
}

template <typename T, void (*Put)(char*, T)>
void EncodeSingleInteger(const arrow::Array& column, EncodedKeys& keys) {
  constexpr size_t kSize = 1 + sizeof(T);
  const int64_t rows = column.length();
  const T* values = column.data()->GetValues<T>(1);
  keys.bytes.resize(rows * kSize);
  char* out = keys.bytes.data();
  for (int64_t row = 0; row < rows; ++row, out += kSize) {
    *out = kValue;
    Put(out + 1, values[row]);
    keys.offsets[row + 1] = static_cast<uint32_t>((row + 1) * kSize);
  }
}

void EncodeSingleString(const arrow::BinaryArray& column, EncodedKeys& keys) {
  const int64_t rows = column.length();
  keys.bytes.resize(column.total_values_length() + rows * 5);
  char* const begin = keys.bytes.data();
  char* out = begin;
  for (int64_t row = 0; row < rows; ++row) {
    *out = kValue;
    out = WriteBytes(column.GetView(row), out + 1);
    keys.offsets[row + 1] = static_cast<uint32_t>(out - begin);
  }
}

}  // namespace

void AddKeySizes(const DataType& type, const arrow::Array& column, uint32_t* sizes) {
  const int64_t rows = column.length();
  const uint32_t fixed = FixedSize(type.kind());
  if (fixed > 0 && column.null_count() == 0) {
    for (int64_t row = 0; row < rows; ++row) sizes[row] += 1 + fixed;
    return;
  }
  for (int64_t row = 0; row < rows; ++row) sizes[row] += SizeOf(type, column, row);
}

void WriteKeyColumn(const DataType& type, const arrow::Array& column, char* out, uint32_t* at) {
  switch (type.kind()) {
    case TypeKind::kBoolean: {
      const auto& booleans = static_cast<const arrow::BooleanArray&>(column);
      return ForEachRow(column, out, at, [&booleans](int64_t row, char* position) {
        *position = booleans.Value(row) ? 1 : 0;
        return position + 1;
      });
    }
    case TypeKind::kTinyInt:
      return WriteFixed<int8_t, key_bits::Put8>(column, out, at);
    case TypeKind::kSmallInt:
      return WriteFixed<int16_t, key_bits::Put16>(column, out, at);
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalYearMonth:
      return WriteFixed<int32_t, key_bits::Put32>(column, out, at);
    case TypeKind::kBigInt:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
    case TypeKind::kIntervalDayTime:
      return WriteFixed<int64_t, key_bits::Put64>(column, out, at);
    case TypeKind::kFloat:
      return WriteFixed<float, key_bits::PutFloat>(column, out, at);
    case TypeKind::kDouble:
      return WriteFixed<double, key_bits::PutDouble>(column, out, at);
    case TypeKind::kDecimal: {
      const auto& decimals = static_cast<const arrow::FixedSizeBinaryArray&>(column);
      return ForEachRow(column, out, at, [&decimals](int64_t row, char* position) {
        key_bits::PutDecimal(position, decimals.GetValue(row));
        return position + 16;
      });
    }
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary: {
      const auto& strings = static_cast<const arrow::BinaryArray&>(column);
      return ForEachRow(column, out, at, [&strings](int64_t row, char* position) {
        return WriteBytes(strings.GetView(row), position);
      });
    }
    default:
      return ForEachRow(column, out, at, [&](int64_t row, char* position) {
        return WriteNested(type, column, row, position);
      });
  }
}

bool EncodeSingleKey(const DataType& type, const arrow::Array& column, EncodedKeys& keys) {
  if (column.null_count() > 0) return false;
  switch (type.kind()) {
    case TypeKind::kInt:
      EncodeSingleInteger<int32_t, key_bits::Put32>(column, keys);
      return true;
    case TypeKind::kBigInt:
      EncodeSingleInteger<int64_t, key_bits::Put64>(column, keys);
      return true;
    case TypeKind::kChar:
    case TypeKind::kVarchar: {
      EncodeSingleString(static_cast<const arrow::BinaryArray&>(column), keys);
      return true;
    }
    default:
      return false;
  }
}

}  // namespace millrace
