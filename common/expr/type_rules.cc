#include "common/expr/type_rules.h"

#include <algorithm>

#include "common/base/check.h"

namespace millrace {
namespace {

constexpr int kMaxPrecision = 38;
constexpr int kMinimumCutScale = 6;  // Digits of a fraction that a too long result keeps.

bool IsExact(const DataType& type) { return type.IsInteger() || type.kind() == TypeKind::kDecimal; }
bool IsApproximate(const DataType& type) {
  return type.kind() == TypeKind::kFloat || type.kind() == TypeKind::kDouble;
}
bool IsNested(const DataType& type) { return type.kind() >= TypeKind::kArray; }

DataType Cut(int precision, int scale) {
  if (precision <= kMaxPrecision) return DataType::Decimal(precision, scale);
  const int whole_digits = precision - scale;
  const int least = std::min(scale, kMinimumCutScale);
  return DataType::Decimal(kMaxPrecision, std::max(kMaxPrecision - whole_digits, least));
}

CastKind Numeric(const DataType& from, const DataType& to) {
  if (from.kind() == to.kind()) {
    if (from.kind() != TypeKind::kDecimal) return CastKind::kIdentity;
    const bool same = from.scale() == to.scale() && from.precision() <= to.precision();
    return same ? CastKind::kIdentity : CastKind::kImplicit;
  }
  if (from.IsInteger() && to.IsInteger()) {
    return from.kind() < to.kind() ? CastKind::kImplicit : CastKind::kExplicit;
  }
  if (to.IsInteger()) return CastKind::kExplicit;
  if (to.kind() == TypeKind::kFloat && from.kind() == TypeKind::kDouble) {
    return CastKind::kExplicit;
  }
  return CastKind::kImplicit;
}

CastKind Character(const DataType& from, const DataType& to) {
  const bool to_char = to.kind() == TypeKind::kChar;
  if (to_char && from.kind() != TypeKind::kChar) return CastKind::kExplicit;
  if (to_char) return from.length() == to.length() ? CastKind::kIdentity : CastKind::kImplicit;
  return from.length() <= to.length() ? CastKind::kIdentity : CastKind::kImplicit;
}

CastKind Binary(const DataType& from, const DataType& to) {
  const bool to_fixed = to.kind() == TypeKind::kBinary;
  if (to_fixed && from.kind() != TypeKind::kBinary) return CastKind::kExplicit;
  if (to_fixed) return from.length() == to.length() ? CastKind::kIdentity : CastKind::kImplicit;
  return from.length() <= to.length() ? CastKind::kIdentity : CastKind::kImplicit;
}

CastKind Temporal(const DataType& from, const DataType& to) {
  if (from.kind() == to.kind()) {
    // Fewer digits are the same values only if they are held in the same unit.
    const bool same_unit = (from.precision() <= 3) == (to.precision() <= 3);
    const bool kept =
        from.precision() <= to.precision() && (same_unit || from.kind() == TypeKind::kTime);
    return kept ? CastKind::kIdentity : CastKind::kImplicit;
  }
  switch (to.kind()) {
    case TypeKind::kDate:
      return from.IsTimestamp() ? CastKind::kExplicit : CastKind::kNone;
    case TypeKind::kTime:
      return from.IsTimestamp() ? CastKind::kExplicit : CastKind::kNone;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return from.kind() == TypeKind::kTime ? CastKind::kExplicit : CastKind::kImplicit;
    default:
      return CastKind::kNone;
  }
}

bool IsTemporal(const DataType& type) {
  return type.kind() >= TypeKind::kDate && type.kind() <= TypeKind::kTimestampLtz;
}

CastKind Nested(const DataType& from, const DataType& to) {
  if (from.kind() != to.kind() || from.children().size() != to.children().size()) {
    return CastKind::kNone;
  }
  // Another name of a field is another Arrow type, so it takes a cast, if a free one.
  CastKind least =
      from.field_names() == to.field_names() ? CastKind::kIdentity : CastKind::kImplicit;
  for (size_t i = 0; i < from.children().size(); ++i) {
    least = std::min(least, CastBetween(from.children()[i], to.children()[i]));
  }
  return least;
}

std::optional<DataType> CommonCharacter(const DataType& a, const DataType& b) {
  const int length = std::max(a.length(), b.length());
  const bool fixed = a.kind() == TypeKind::kChar && b.kind() == TypeKind::kChar;
  // CHARs of different lengths become a VARCHAR, so that no value is padded.
  return fixed && a.length() == b.length() ? DataType::Char(length) : DataType::Varchar(length);
}

std::optional<DataType> CommonBinary(const DataType& a, const DataType& b) {
  const int length = std::max(a.length(), b.length());
  const bool fixed = a.kind() == TypeKind::kBinary && b.kind() == TypeKind::kBinary;
  return fixed && a.length() == b.length() ? DataType::Binary(length) : DataType::Varbinary(length);
}

std::optional<DataType> CommonNumeric(const DataType& a, const DataType& b) {
  if (IsApproximate(a) && IsApproximate(b)) {
    return a.kind() == TypeKind::kDouble ? a : b;
  }
  if (IsApproximate(a) || IsApproximate(b)) {
    const DataType& exact = IsApproximate(a) ? b : a;
    if (exact.kind() == TypeKind::kDecimal) return DataType::Double();
    return IsApproximate(a) ? a : b;
  }
  if (a.IsInteger() && b.IsInteger()) return a.kind() < b.kind() ? b : a;
  const DataType left = AsDecimal(a);
  const DataType right = AsDecimal(b);
  const int whole = std::max(left.precision() - left.scale(), right.precision() - right.scale());
  const int scale = std::min(std::max(left.scale(), right.scale()), kMaxPrecision - whole);
  return DataType::Decimal(whole + scale, scale);
}

std::optional<DataType> CommonTemporal(const DataType& a, const DataType& b) {
  if (a.kind() == TypeKind::kDate && b.kind() == TypeKind::kDate) return a;
  const int precision = std::max(a.precision(), b.precision());
  if (a.kind() == TypeKind::kTime || b.kind() == TypeKind::kTime) {
    if (a.kind() != b.kind()) return std::nullopt;
    return DataType::Time(precision);
  }
  const bool local = a.kind() == TypeKind::kTimestampLtz || b.kind() == TypeKind::kTimestampLtz;
  return local ? DataType::TimestampLtz(precision) : DataType::Timestamp(precision);
}

std::optional<DataType> CommonOf(const DataType& a, const DataType& b);

std::optional<DataType> CommonNested(const DataType& a, const DataType& b) {
  if (a.kind() != b.kind() || a.children().size() != b.children().size()) return std::nullopt;
  std::vector<DataType> children;
  for (size_t i = 0; i < a.children().size(); ++i) {
    const auto child = LeastRestrictive({a.children()[i], b.children()[i]});
    if (!child) return std::nullopt;
    children.push_back(*child);
  }
  if (a.kind() == TypeKind::kArray) return DataType::Array(children[0]);
  if (a.kind() == TypeKind::kMap) return DataType::Map(children[0], children[1]);
  return DataType::Row(a.field_names(), std::move(children));
}

std::optional<DataType> CommonOf(const DataType& a, const DataType& b) {
  if (SameValues(a, b)) return a;
  if (a.IsCharacter() && b.IsCharacter()) return CommonCharacter(a, b);
  if (a.IsBinary() && b.IsBinary()) return CommonBinary(a, b);
  if (a.IsNumeric() && b.IsNumeric()) return CommonNumeric(a, b);
  if (IsTemporal(a) && IsTemporal(b)) return CommonTemporal(a, b);
  if (IsNested(a) && IsNested(b)) return CommonNested(a, b);
  return std::nullopt;
}

}  // namespace

CastKind CastBetween(const DataType& from, const DataType& to) {
  if (SameValues(from, to)) return CastKind::kIdentity;
  if (to.kind() == TypeKind::kNull) return CastKind::kNone;
  if (from.kind() == TypeKind::kNull) return CastKind::kImplicit;
  if (IsNested(to)) return Nested(from, to);
  if (to.IsCharacter()) return from.IsCharacter() ? Character(from, to) : CastKind::kExplicit;
  if (IsNested(from)) return CastKind::kNone;
  if (from.IsCharacter()) return to.IsInterval() ? CastKind::kNone : CastKind::kExplicit;
  if (from.IsNumeric() && to.IsNumeric()) return Numeric(from, to);
  if (from.IsBinary() && to.IsBinary()) return Binary(from, to);
  if (IsTemporal(from) && IsTemporal(to)) return Temporal(from, to);
  if (from.kind() == TypeKind::kBoolean && to.IsNumeric()) return CastKind::kExplicit;
  if (IsExact(from) && to.kind() == TypeKind::kBoolean) return CastKind::kExplicit;
  if (from.IsInterval() && to.kind() == TypeKind::kBigInt) return CastKind::kExplicit;
  return CastKind::kNone;
}

std::optional<DataType> LeastRestrictive(const std::vector<DataType>& types) {
  std::optional<DataType> common;
  bool nullable = false;
  for (const DataType& type : types) {
    nullable = nullable || type.nullable();
    if (type.kind() == TypeKind::kNull) continue;
    common = common ? CommonOf(*common, type) : type;
    if (!common) return std::nullopt;
  }
  if (!common) return std::nullopt;
  return common->WithNullable(nullable);
}

DataType AsDecimal(const DataType& exact_numeric) {
  switch (exact_numeric.kind()) {
    case TypeKind::kTinyInt:
      return DataType::Decimal(3, 0);
    case TypeKind::kSmallInt:
      return DataType::Decimal(5, 0);
    case TypeKind::kInt:
      return DataType::Decimal(10, 0);
    case TypeKind::kBigInt:
      return DataType::Decimal(19, 0);
    default:
      CHECK(exact_numeric.kind() == TypeKind::kDecimal);
      return exact_numeric;
  }
}

DataType DecimalSum(const DataType& a, const DataType& b) {
  const int scale = std::max(a.scale(), b.scale());
  const int whole = std::max(a.precision() - a.scale(), b.precision() - b.scale());
  return Cut(whole + scale + 1, scale);
}

DataType DecimalProduct(const DataType& a, const DataType& b) {
  return Cut(a.precision() + b.precision() + 1, a.scale() + b.scale());
}

DataType DecimalQuotient(const DataType& a, const DataType& b) {
  const int scale = std::max(6, a.scale() + b.precision() + 1);
  return Cut(a.precision() - a.scale() + b.scale() + scale, scale);
}

DataType DecimalRemainder(const DataType& a, const DataType& b) {
  const int scale = std::max(a.scale(), b.scale());
  const int whole = std::min(a.precision() - a.scale(), b.precision() - b.scale());
  return Cut(std::max(whole + scale, 1), scale);
}

DataType DecimalRounded(const DataType& value, int digits) {
  if (digits >= value.scale()) return value.WithNullable(true);
  const int whole = 1 + value.precision() - value.scale();
  if (digits < 0) return DataType::Decimal(std::min(kMaxPrecision, whole), 0);
  return DataType::Decimal(std::min(kMaxPrecision, whole + digits), digits);
}

bool SameValues(const DataType& a, const DataType& b) {
  if (a.kind() != b.kind() || a.precision() != b.precision() || a.scale() != b.scale() ||
      a.length() != b.length() || a.children().size() != b.children().size() ||
      a.field_names() != b.field_names()) {
    return false;
  }
  for (size_t i = 0; i < a.children().size(); ++i) {
    if (!SameValues(a.children()[i], b.children()[i])) return false;
  }
  return true;
}

}  // namespace millrace
