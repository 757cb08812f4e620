#include "worker/sink/blackhole/row_checksum.h"

#include <cstring>
#include <string>

#include "arrow/array/array_binary.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "common/base/hash.h"
#include "common/columnar/key_bits.h"
#include "common/columnar/value_format.h"

namespace millrace {
namespace {

constexpr uint64_t kNullBits = 0x6e756c6c6e756c6cull;

// The finalizer of splitmix64: every bit of the result depends on every bit of the value.
uint64_t Mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

// Order matters between columns, so that (1, 2) and (2, 1) differ.
void Combine(uint64_t& hash, uint64_t bits) { hash = Mix(hash * 0x9e3779b97f4a7c15ull + bits); }

// `bits_of(row)` gives what stands for the value of a row.
template <typename BitsOf>
void CombineColumn(const arrow::Array& column, BitsOf bits_of, std::vector<uint64_t>& hashes) {
  const int64_t rows = column.length();
  if (column.null_count() == 0) {
    for (int64_t row = 0; row < rows; ++row) Combine(hashes[row], bits_of(row));
    return;
  }
  for (int64_t row = 0; row < rows; ++row) {
    Combine(hashes[row], column.IsNull(row) ? kNullBits : bits_of(row));
  }
}

template <typename ArrayType>
void CombineIntegers(const arrow::Array& column, std::vector<uint64_t>& hashes) {
  const auto* values = static_cast<const ArrayType&>(column).raw_values();
  CombineColumn(
      column, [=](int64_t row) { return static_cast<uint64_t>(int64_t{values[row]}); }, hashes);
}

void CombineFloats(const arrow::Array& column, std::vector<uint64_t>& hashes) {
  const float* values = static_cast<const arrow::FloatArray&>(column).raw_values();
  CombineColumn(
      column,
      [=](int64_t row) {
        return uint64_t{std::bit_cast<uint32_t>(key_bits::Canonical(values[row]))};
      },
      hashes);
}

void CombineDoubles(const arrow::Array& column, std::vector<uint64_t>& hashes) {
  const double* values = static_cast<const arrow::DoubleArray&>(column).raw_values();
  CombineColumn(
      column,
      [=](int64_t row) { return std::bit_cast<uint64_t>(key_bits::Canonical(values[row])); },
      hashes);
}

void CombineDecimals(const arrow::Array& column, std::vector<uint64_t>& hashes) {
  const auto& values = static_cast<const arrow::FixedSizeBinaryArray&>(column);
  CombineColumn(
      column,
      [&](int64_t row) {
        const uint8_t* bytes = values.GetValue(row);
        return Mix(LoadLittle<uint64_t>(bytes)) + LoadLittle<uint64_t>(bytes + 8);
      },
      hashes);
}

void CombineBytes(const arrow::Array& column, std::vector<uint64_t>& hashes) {
  const auto& values = static_cast<const arrow::BinaryArray&>(column);
  CombineColumn(
      column, [&](int64_t row) { return HashKey(values.GetView(row)); }, hashes);
}

// ARRAY and MAP: rare, so by their text.
void CombineTexts(const DataType& type, const arrow::Array& column, std::vector<uint64_t>& hashes) {
  std::string text;
  CombineColumn(
      column,
      [&](int64_t row) {
        text.clear();
        AppendValue(type, column, row, text);
        return HashKey(text);
      },
      hashes);
}

void CombineValues(const DataType& type, const arrow::Array& column,
                   std::vector<uint64_t>& hashes) {
  switch (type.kind()) {
    case TypeKind::kBoolean: {
      const auto& values = static_cast<const arrow::BooleanArray&>(column);
      return CombineColumn(
          column, [&](int64_t row) { return uint64_t{values.Value(row)}; }, hashes);
    }
    case TypeKind::kTinyInt:
      return CombineIntegers<arrow::Int8Array>(column, hashes);
    case TypeKind::kSmallInt:
      return CombineIntegers<arrow::Int16Array>(column, hashes);
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return CombineIntegers<arrow::Int32Array>(column, hashes);
    case TypeKind::kBigInt:
      return CombineIntegers<arrow::Int64Array>(column, hashes);
    case TypeKind::kFloat:
      return CombineFloats(column, hashes);
    case TypeKind::kDouble:
      return CombineDoubles(column, hashes);
    case TypeKind::kDecimal:
      return CombineDecimals(column, hashes);
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return CombineBytes(column, hashes);
    case TypeKind::kDate:
      return CombineIntegers<arrow::Date32Array>(column, hashes);
    case TypeKind::kTime:
      return CombineIntegers<arrow::Time32Array>(column, hashes);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return CombineIntegers<arrow::TimestampArray>(column, hashes);
    case TypeKind::kIntervalDayTime:
      return CombineIntegers<arrow::DurationArray>(column, hashes);
    case TypeKind::kArray:
    case TypeKind::kMap:
      return CombineTexts(type, column, hashes);
    case TypeKind::kRow: {
      // Flattened, so that what lies below a NULL row does not count.
      const auto& row = static_cast<const arrow::StructArray&>(column);
      CombineColumn(
          column, [](int64_t) { return uint64_t{1}; }, hashes);
      for (int i = 0; i < row.num_fields(); ++i) {
        const auto field = row.GetFlattenedField(i);
        if (field.ok()) CombineValues(type.children()[static_cast<size_t>(i)], **field, hashes);
      }
      return;
    }
    case TypeKind::kNull:
      return CombineColumn(
          column, [](int64_t) { return kNullBits; }, hashes);
  }
}

}  // namespace

void RowChecksum::Add(const Batch& batch) {
  hashes_.assign(static_cast<size_t>(batch.num_rows()), 0);
  for (int i = 0; i < batch.num_columns(); ++i) {
    CombineValues(schema_.field(i).type, *batch.column(i), hashes_);
  }
  rows_ += batch.num_rows();
  if (batch.insert_only()) {
    for (const uint64_t hash : hashes_) sum_ += Mix(hash + 1);
    return;
  }
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    const RowKind kind = batch.row_kind(row);
    const bool takes_back = kind == RowKind::kUpdateBefore || kind == RowKind::kDelete;
    const uint64_t hash = Mix(hashes_[static_cast<size_t>(row)] + 1);
    sum_ += takes_back ? ~hash + 1 : hash;
  }
}

}  // namespace millrace
