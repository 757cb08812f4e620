#include "common/columnar/key_decoding.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/builder.h"
#include "arrow/util/decimal.h"
#include "arrow/util/utf8.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/columnar/key_bits.h"

namespace millrace {
namespace {

absl::Status Damaged(const DataType& type, std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("key bytes are damaged: ", AbslView(what), " in a ", type.ToString()));
}

class Reader {
 public:
  Reader(const DataType& type, std::string_view& rest) : type_(type), rest_(rest) {}

  absl::StatusOr<const char*> Take(size_t bytes) {
    if (rest_.size() < bytes) return Damaged(type_, "the end is missing");
    const char* taken = rest_.data();
    rest_.remove_prefix(bytes);
    return taken;
  }

  // Whether a value follows; false for NULL.
  absl::StatusOr<bool> TakeMarker() {
    ASSIGN_OR_RETURN(const char* marker, Take(1));
    if (*marker != key_bits::kNull && *marker != key_bits::kValue) {
      return Damaged(type_, "an unknown marker");
    }
    return *marker == key_bits::kValue;
  }

 private:
  const DataType& type_;
  std::string_view& rest_;
};

absl::Status AppendOne(const DataType& type, std::string_view& rest, arrow::ArrayBuilder& builder);

template <typename Builder, typename T, T (*Get)(const char*)>
absl::Status AppendFixed(Reader& reader, arrow::ArrayBuilder& builder) {
  ASSIGN_OR_RETURN(const char* bytes, reader.Take(sizeof(T)));
  return FromArrow(static_cast<Builder&>(builder).Append(Get(bytes)));
}

template <typename Builder, typename T, T (*Get)(const char*)>
absl::Status AppendFloat(const DataType& type, Reader& reader, arrow::ArrayBuilder& builder) {
  ASSIGN_OR_RETURN(const char* bytes, reader.Take(sizeof(T)));
  const T value = Get(bytes);
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  if (std::bit_cast<Bits>(value) != std::bit_cast<Bits>(key_bits::Canonical(value))) {
    return Damaged(type, "a number in no canonical form");
  }
  return FromArrow(static_cast<Builder&>(builder).Append(value));
}

absl::Status AppendBoolean(const DataType& type, Reader& reader, arrow::ArrayBuilder& builder) {
  ASSIGN_OR_RETURN(const char* byte, reader.Take(1));
  if (*byte != 0 && *byte != 1) return Damaged(type, "a byte that is neither 0 nor 1");
  return FromArrow(static_cast<arrow::BooleanBuilder&>(builder).Append(*byte == 1));
}

absl::Status AppendDecimal(const DataType& type, Reader& reader, arrow::ArrayBuilder& builder) {
  ASSIGN_OR_RETURN(const char* bytes, reader.Take(16));
  uint8_t little_endian[16];
  for (int i = 0; i < 16; ++i) little_endian[15 - i] = static_cast<uint8_t>(bytes[i]);
  little_endian[15] ^= 0x80;
  const arrow::Decimal128 value(little_endian);
  if (!value.FitsInPrecision(type.precision())) return Damaged(type, "too many digits");
  return FromArrow(static_cast<arrow::Decimal128Builder&>(builder).Append(value));
}

absl::Status AppendBytes(const DataType& type, Reader& reader, arrow::ArrayBuilder& builder) {
  ASSIGN_OR_RETURN(const char* length, reader.Take(4));
  const uint32_t size = LoadBig<uint32_t>(length);
  ASSIGN_OR_RETURN(const char* bytes, reader.Take(size));
  if (type.IsCharacter() &&
      !arrow::util::ValidateUTF8(reinterpret_cast<const uint8_t*>(bytes), size)) {
    return Damaged(type, "text that is not UTF-8");
  }
  return FromArrow(
      static_cast<arrow::BinaryBuilder&>(builder).Append(bytes, static_cast<int32_t>(size)));
}

absl::Status AppendArray(const DataType& type, std::string_view& rest,
                         arrow::ArrayBuilder& builder) {
  Reader reader(type, rest);
  ASSIGN_OR_RETURN(const char* length, reader.Take(4));
  auto& list = static_cast<arrow::ListBuilder&>(builder);
  RETURN_IF_ERROR(FromArrow(list.Append()));
  // Each element takes a byte at least, so a hostile count ends at the end of the key.
  for (uint32_t i = LoadBig<uint32_t>(length); i > 0; --i) {
    RETURN_IF_ERROR(AppendOne(type.children()[0], rest, *list.value_builder()));
  }
  return absl::OkStatus();
}

absl::Status AppendRow(const DataType& type, std::string_view& rest, arrow::ArrayBuilder& builder) {
  auto& row = static_cast<arrow::StructBuilder&>(builder);
  RETURN_IF_ERROR(FromArrow(row.Append()));
  for (int i = 0; i < row.num_fields(); ++i) {
    RETURN_IF_ERROR(AppendOne(type.children()[i], rest, *row.field_builder(i)));
  }
  return absl::OkStatus();
}

absl::Status AppendOne(const DataType& type, std::string_view& rest, arrow::ArrayBuilder& builder) {
  using namespace key_bits;  // NOLINT: the table below is of its names.
  Reader reader(type, rest);
  ASSIGN_OR_RETURN(const bool present, reader.TakeMarker());
  if (!present) return FromArrow(builder.AppendNull());
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return AppendBoolean(type, reader, builder);
    case TypeKind::kTinyInt:
      return AppendFixed<arrow::Int8Builder, int8_t, Get8>(reader, builder);
    case TypeKind::kSmallInt:
      return AppendFixed<arrow::Int16Builder, int16_t, Get16>(reader, builder);
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return AppendFixed<arrow::Int32Builder, int32_t, Get32>(reader, builder);
    case TypeKind::kDate:
      return AppendFixed<arrow::Date32Builder, int32_t, Get32>(reader, builder);
    case TypeKind::kTime:
      return AppendFixed<arrow::Time32Builder, int32_t, Get32>(reader, builder);
    case TypeKind::kBigInt:
      return AppendFixed<arrow::Int64Builder, int64_t, Get64>(reader, builder);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return AppendFixed<arrow::TimestampBuilder, int64_t, Get64>(reader, builder);
    case TypeKind::kIntervalDayTime:
      return AppendFixed<arrow::DurationBuilder, int64_t, Get64>(reader, builder);
    case TypeKind::kFloat:
      return AppendFloat<arrow::FloatBuilder, float, GetFloat>(type, reader, builder);
    case TypeKind::kDouble:
      return AppendFloat<arrow::DoubleBuilder, double, GetDouble>(type, reader, builder);
    case TypeKind::kDecimal:
      return AppendDecimal(type, reader, builder);
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return AppendBytes(type, reader, builder);
    case TypeKind::kArray:
      return AppendArray(type, rest, builder);
    case TypeKind::kRow:
      return AppendRow(type, rest, builder);
    case TypeKind::kNull:
    case TypeKind::kMap:
      break;
  }
  return Damaged(type, "a value");
}

}  // namespace

absl::StatusOr<std::shared_ptr<arrow::Array>> DecodeKeyColumn(const DataType& type,
                                                              std::vector<std::string_view>& rest) {
  ASSIGN_OR_RETURN(auto builder, FromArrow(arrow::MakeBuilder(type.ToArrow())));
  RETURN_IF_ERROR(FromArrow(builder->Reserve(static_cast<int64_t>(rest.size()))));
  for (std::string_view& key : rest) RETURN_IF_ERROR(AppendOne(type, key, *builder));
  return FromArrow(builder->Finish());
}

}  // namespace millrace
