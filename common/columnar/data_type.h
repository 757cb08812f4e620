// SQL types, as Flink SQL names them. TYPES.md is the one page that says how each is held in
// columns, state and keys.
//
// A DataType is an immutable value: cheap to copy (children are shared), equal if it prints the
// same.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace arrow {
class DataType;
}  // namespace arrow

namespace millrace {

enum class TypeKind : uint8_t {
  kNull,  // The type of a bare NULL; never a column's type.
  kBoolean,
  kTinyInt,
  kSmallInt,
  kInt,
  kBigInt,
  kFloat,
  kDouble,
  kDecimal,
  kChar,
  kVarchar,  // STRING is VARCHAR(2147483647).
  kBinary,
  kVarbinary,  // BYTES is VARBINARY(2147483647).
  kDate,
  kTime,
  kTimestamp,     // TIMESTAMP(p) WITHOUT TIME ZONE
  kTimestampLtz,  // TIMESTAMP(p) WITH LOCAL TIME ZONE
  kIntervalYearMonth,
  kIntervalDayTime,
  kArray,
  kMap,
  kRow,
};

class DataType {
 public:
  static constexpr int kMaxLength = 2147483647;

  DataType() = default;  // NULL

  static DataType Null() { return DataType(); }
  static DataType Boolean() { return DataType(TypeKind::kBoolean); }
  static DataType TinyInt() { return DataType(TypeKind::kTinyInt); }
  static DataType SmallInt() { return DataType(TypeKind::kSmallInt); }
  static DataType Int() { return DataType(TypeKind::kInt); }
  static DataType BigInt() { return DataType(TypeKind::kBigInt); }
  static DataType Float() { return DataType(TypeKind::kFloat); }
  static DataType Double() { return DataType(TypeKind::kDouble); }
  static DataType Decimal(int precision,
                          int scale);  // REQUIRES: 1 <= precision <= 38, scale <= precision
  static DataType Char(int length);
  static DataType Varchar(int length);
  static DataType String() { return Varchar(kMaxLength); }
  static DataType Binary(int length);
  static DataType Varbinary(int length);
  static DataType Bytes() { return Varbinary(kMaxLength); }
  static DataType Date() { return DataType(TypeKind::kDate); }
  static DataType Time(int precision = 0);
  static DataType Timestamp(int precision = 6);
  static DataType TimestampLtz(int precision = 6);
  static DataType IntervalYearMonth() { return DataType(TypeKind::kIntervalYearMonth); }
  static DataType IntervalDayTime() { return DataType(TypeKind::kIntervalDayTime); }
  static DataType Array(DataType element);
  static DataType Map(DataType key, DataType value);
  static DataType Row(std::vector<std::string> names, std::vector<DataType> types);

  // Reads a type as SQL writes it: "DECIMAL(10, 2) NOT NULL", "ROW<a INT, b STRING>". This is also
  // the wire form: for every type, Parse(t.ToString()) == t. kInvalidArgument says what is wrong.
  static absl::StatusOr<DataType> Parse(std::string_view text);

  TypeKind kind() const { return kind_; }
  bool nullable() const { return nullable_; }
  DataType WithNullable(bool nullable) const;

  int precision() const { return precision_; }  // DECIMAL, TIME, TIMESTAMP, TIMESTAMP_LTZ
  int scale() const { return scale_; }          // DECIMAL
  int length() const { return length_; }        // CHAR, VARCHAR, BINARY, VARBINARY

  // ARRAY: the element; MAP: key, value; ROW: the fields.
  const std::vector<DataType>& children() const;
  const std::vector<std::string>& field_names() const;  // ROW

  bool IsInteger() const;    // TINYINT .. BIGINT
  bool IsNumeric() const;    // integers, DECIMAL, FLOAT, DOUBLE
  bool IsCharacter() const;  // CHAR, VARCHAR
  bool IsBinary() const;     // BINARY, VARBINARY
  bool IsTimestamp() const;  // TIMESTAMP, TIMESTAMP_LTZ: what a time attribute may be
  bool IsInterval() const;

  // As SQL writes it; " NOT NULL" is appended for a type that is not nullable. STRING and BYTES
  // print as such.
  std::string ToString() const;

  // The Arrow type that holds its values (TYPES.md).
  std::shared_ptr<arrow::DataType> ToArrow() const;

  friend bool operator==(const DataType& a, const DataType& b);

 private:
  struct Children {
    std::vector<DataType> types;
    std::vector<std::string> names;
  };

  explicit DataType(TypeKind kind) : kind_(kind) {}

  TypeKind kind_ = TypeKind::kNull;
  bool nullable_ = true;
  int precision_ = 0;
  int scale_ = 0;
  int length_ = 0;
  std::shared_ptr<const Children> children_;
};

}  // namespace millrace
