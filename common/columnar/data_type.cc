#include "common/columnar/data_type.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "arrow/type.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"

namespace millrace {
namespace {

// Digits of a second that milliseconds can hold; beyond them a column has microseconds (TYPES.md).
constexpr int kMillisDigits = 3;

bool IsPlainIdentifier(std::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

void AppendIdentifier(std::string_view name, std::string& out) {
  if (IsPlainIdentifier(name)) {
    out += name;
    return;
  }
  out += '`';
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  out += '`';
}

std::string WithLength(std::string_view name, std::string_view unbounded, int length) {
  if (length == DataType::kMaxLength && !unbounded.empty()) return std::string(unbounded);
  return absl::StrCat(AbslView(name), "(", length, ")");
}

arrow::TimeUnit::type UnitOf(int precision) {
  return precision <= kMillisDigits ? arrow::TimeUnit::MILLI : arrow::TimeUnit::MICRO;
}

}  // namespace

DataType DataType::Decimal(int precision, int scale) {
  CHECK(precision >= 1 && precision <= 38);
  CHECK(scale >= 0 && scale <= precision);
  DataType type(TypeKind::kDecimal);
  type.precision_ = precision;
  type.scale_ = scale;
  return type;
}

DataType DataType::Char(int length) {
  DataType type(TypeKind::kChar);
  type.length_ = length;
  return type;
}

DataType DataType::Varchar(int length) {
  DataType type(TypeKind::kVarchar);
  type.length_ = length;
  return type;
}

DataType DataType::Binary(int length) {
  DataType type(TypeKind::kBinary);
  type.length_ = length;
  return type;
}

DataType DataType::Varbinary(int length) {
  DataType type(TypeKind::kVarbinary);
  type.length_ = length;
  return type;
}

DataType DataType::Time(int precision) {
  CHECK(precision >= 0 && precision <= 9);
  DataType type(TypeKind::kTime);
  type.precision_ = precision;
  return type;
}

DataType DataType::Timestamp(int precision) {
  CHECK(precision >= 0 && precision <= 9);
  DataType type(TypeKind::kTimestamp);
  type.precision_ = precision;
  return type;
}

DataType DataType::TimestampLtz(int precision) {
  CHECK(precision >= 0 && precision <= 9);
  DataType type(TypeKind::kTimestampLtz);
  type.precision_ = precision;
  return type;
}

DataType DataType::Array(DataType element) {
  DataType type(TypeKind::kArray);
  type.children_ = std::make_shared<Children>(Children{.types = {std::move(element)}});
  return type;
}

DataType DataType::Map(DataType key, DataType value) {
  DataType type(TypeKind::kMap);
  type.children_ =
      std::make_shared<Children>(Children{.types = {std::move(key), std::move(value)}});
  return type;
}

DataType DataType::Row(std::vector<std::string> names, std::vector<DataType> types) {
  CHECK_EQ(names.size(), types.size());
  DataType type(TypeKind::kRow);
  type.children_ =
      std::make_shared<Children>(Children{.types = std::move(types), .names = std::move(names)});
  return type;
}

DataType DataType::WithNullable(bool nullable) const {
  DataType type = *this;
  type.nullable_ = nullable;
  return type;
}

const std::vector<DataType>& DataType::children() const {
  static const std::vector<DataType> kNone;
  return children_ == nullptr ? kNone : children_->types;
}

const std::vector<std::string>& DataType::field_names() const {
  static const std::vector<std::string> kNone;
  return children_ == nullptr ? kNone : children_->names;
}

bool DataType::IsInteger() const {
  return kind_ >= TypeKind::kTinyInt && kind_ <= TypeKind::kBigInt;
}
bool DataType::IsNumeric() const {
  return kind_ >= TypeKind::kTinyInt && kind_ <= TypeKind::kDecimal;
}
bool DataType::IsCharacter() const {
  return kind_ == TypeKind::kChar || kind_ == TypeKind::kVarchar;
}
bool DataType::IsBinary() const {
  return kind_ == TypeKind::kBinary || kind_ == TypeKind::kVarbinary;
}
bool DataType::IsTimestamp() const {
  return kind_ == TypeKind::kTimestamp || kind_ == TypeKind::kTimestampLtz;
}
bool DataType::IsInterval() const {
  return kind_ == TypeKind::kIntervalYearMonth || kind_ == TypeKind::kIntervalDayTime;
}

std::string DataType::ToString() const {
  std::string out;
  switch (kind_) {
    case TypeKind::kNull:
      out = "NULL";
      break;
    case TypeKind::kBoolean:
      out = "BOOLEAN";
      break;
    case TypeKind::kTinyInt:
      out = "TINYINT";
      break;
    case TypeKind::kSmallInt:
      out = "SMALLINT";
      break;
    case TypeKind::kInt:
      out = "INT";
      break;
    case TypeKind::kBigInt:
      out = "BIGINT";
      break;
    case TypeKind::kFloat:
      out = "FLOAT";
      break;
    case TypeKind::kDouble:
      out = "DOUBLE";
      break;
    case TypeKind::kDecimal:
      out = absl::StrCat("DECIMAL(", precision_, ", ", scale_, ")");
      break;
    case TypeKind::kChar:
      out = WithLength("CHAR", "", length_);
      break;
    case TypeKind::kVarchar:
      out = WithLength("VARCHAR", "STRING", length_);
      break;
    case TypeKind::kBinary:
      out = WithLength("BINARY", "", length_);
      break;
    case TypeKind::kVarbinary:
      out = WithLength("VARBINARY", "BYTES", length_);
      break;
    case TypeKind::kDate:
      out = "DATE";
      break;
    case TypeKind::kTime:
      out = absl::StrCat("TIME(", precision_, ")");
      break;
    case TypeKind::kTimestamp:
      out = absl::StrCat("TIMESTAMP(", precision_, ")");
      break;
    case TypeKind::kTimestampLtz:
      out = absl::StrCat("TIMESTAMP_LTZ(", precision_, ")");
      break;
    case TypeKind::kIntervalYearMonth:
      out = "INTERVAL YEAR TO MONTH";
      break;
    case TypeKind::kIntervalDayTime:
      out = "INTERVAL DAY TO SECOND";
      break;
    case TypeKind::kArray:
      out = absl::StrCat("ARRAY<", children()[0].ToString(), ">");
      break;
    case TypeKind::kMap:
      out = absl::StrCat("MAP<", children()[0].ToString(), ", ", children()[1].ToString(), ">");
      break;
    case TypeKind::kRow:
      out = "ROW<";
      for (size_t i = 0; i < children().size(); ++i) {
        if (i > 0) out += ", ";
        AppendIdentifier(field_names()[i], out);
        absl::StrAppend(&out, " ", children()[i].ToString());
      }
      out += '>';
      break;
  }
  if (!nullable_) out += " NOT NULL";
  return out;
}

// NOT NULL is a promise of SQL's, not of Arrow's: every Arrow field is nullable, so that the same
// values always have the same Arrow type.
std::shared_ptr<arrow::DataType> DataType::ToArrow() const {
  switch (kind_) {
    case TypeKind::kNull:
      return arrow::null();
    case TypeKind::kBoolean:
      return arrow::boolean();
    case TypeKind::kTinyInt:
      return arrow::int8();
    case TypeKind::kSmallInt:
      return arrow::int16();
    case TypeKind::kInt:
      return arrow::int32();
    case TypeKind::kBigInt:
      return arrow::int64();
    case TypeKind::kFloat:
      return arrow::float32();
    case TypeKind::kDouble:
      return arrow::float64();
    case TypeKind::kDecimal:
      return arrow::decimal128(precision_, scale_);
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return arrow::utf8();
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return arrow::binary();
    case TypeKind::kDate:
      return arrow::date32();
    case TypeKind::kTime:
      return arrow::time32(arrow::TimeUnit::MILLI);
    case TypeKind::kTimestamp:
      return arrow::timestamp(UnitOf(precision_));
    case TypeKind::kTimestampLtz:
      return arrow::timestamp(UnitOf(precision_), "UTC");
    case TypeKind::kIntervalYearMonth:
      return arrow::int32();
    case TypeKind::kIntervalDayTime:
      return arrow::duration(arrow::TimeUnit::MILLI);
    case TypeKind::kArray:
      return arrow::list(children()[0].ToArrow());
    case TypeKind::kMap:
      return arrow::map(children()[0].ToArrow(), children()[1].ToArrow());
    case TypeKind::kRow:
      break;
  }
  arrow::FieldVector fields;
  for (size_t i = 0; i < children().size(); ++i) {
    fields.push_back(arrow::field(field_names()[i], children()[i].ToArrow()));
  }
  return arrow::struct_(std::move(fields));
}

bool operator==(const DataType& a, const DataType& b) {
  if (a.kind_ != b.kind_ || a.nullable_ != b.nullable_ || a.precision_ != b.precision_ ||
      a.scale_ != b.scale_ || a.length_ != b.length_) {
    return false;
  }
  return a.children_ == b.children_ ||
         (a.children() == b.children() && a.field_names() == b.field_names());
}

}  // namespace millrace
