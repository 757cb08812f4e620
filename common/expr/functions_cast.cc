// CAST, TRY_CAST and TYPEOF.
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "arrow/scalar.h"
#include "common/base/status_macros.h"
#include "common/expr/cast_kernels.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/session_zone.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

bool IsTemporal(const DataType& type) {
  return type.kind() >= TypeKind::kDate && type.kind() <= TypeKind::kTimestampLtz;
}

bool IsNumber(const DataType& type) {
  return type.IsNumeric() || type.kind() == TypeKind::kBoolean;
}

// The same values under another Arrow type, e.g. DECIMAL(5, 2) as DECIMAL(7, 2).
Kernel Relabel(std::shared_ptr<arrow::DataType> type) {
  return [type](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    Vector result = *arguments[0];
    if (result.data->type->Equals(*type)) return result;
    result.data = std::make_shared<arrow::ArrayData>(*result.data);
    result.data->type = type;
    return result;
  };
}

Kernel IntervalToBigInt(const DataType& from, const DataType& to) {
  if (from.kind() == TypeKind::kIntervalDayTime) return Relabel(to.ToArrow());
  return LiftKernel<int64_t(int32_t)>(to, [](int32_t months) { return int64_t{months}; });
}

absl::StatusOr<Kernel> KernelOf(const Expression& call) {
  if (call.arguments().empty() || call.arguments().size() > 2) {
    return absl::InvalidArgumentError("a CAST has one argument");
  }
  const DataType& from = call.arguments()[0]->type();
  if (call.arguments().size() == 1) return CastKernel(from, call.type());
  ASSIGN_OR_RETURN(const TimeZone zone, LiteralZone(*call.arguments()[1]));
  ASSIGN_OR_RETURN(Kernel kernel, CastKernel(from, call.type(), zone));
  return OnArgument(0, std::move(kernel));
}

// STRING and BYTES under their full names.
std::string SerializableText(const DataType& type) {
  return absl::StrReplaceAll(
      type.ToString(), {{"STRING", "VARCHAR(2147483647)"}, {"BYTES", "VARBINARY(2147483647)"}});
}

// The same values with other NULLs. Results have offset 0, but a nested one may share its
// argument's.
absl::StatusOr<std::shared_ptr<arrow::ArrayData>> WithValidity(
    const arrow::ArrayData& data, int64_t rows, std::shared_ptr<arrow::Buffer> valid) {
  auto result = std::make_shared<arrow::ArrayData>(data);
  if (data.offset != 0) {
    ASSIGN_OR_RETURN(auto shifted, AllocateBytes(WordsOf(data.offset + rows) * 8));
    std::memset(shifted->mutable_data(), 0, shifted->size());
    for (int64_t row = 0; row < rows; ++row) {
      const bool bit = (valid->data()[row / 8] >> (row % 8) & 1) != 0;
      const int64_t at = data.offset + row;
      if (bit) shifted->mutable_data()[at / 8] |= static_cast<uint8_t>(1 << (at % 8));
    }
    valid = std::move(shifted);
  }
  result->buffers[0] = std::move(valid);
  result->null_count = arrow::kUnknownNullCount;
  return result;
}

// A row that fails is NULL, all of it if it is a nested value.
absl::StatusOr<Kernel> TryKernelOf(const Expression& call) {
  ASSIGN_OR_RETURN(Kernel cast, KernelOf(call));
  return Kernel([cast](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(Vector result, cast(arguments, rows));
    if (result.errors == nullptr) return result;
    const int64_t count = result.constant ? 1 : rows;
    ASSIGN_OR_RETURN(auto valid, AllocateBits(count));
    const BitWords before = ValidBits(result, count);
    uint64_t* words = WordsIn(*valid);
    for (int64_t word = 0; word < WordsOf(count); ++word) words[word] = before[word];
    for (const RowError& error : *result.errors) {
      words[error.row / kWordBits] &= ~(uint64_t{1} << (error.row % kWordBits));
    }
    ASSIGN_OR_RETURN(result.data, WithValidity(*result.data, count, std::move(valid)));
    result.errors = ErrorsByRow(*arguments[0], rows);
    return result;
  });
}

// The text of the type, as a literal: the short one, or for TYPEOF(x, TRUE) one that a catalog can
// read back.
absl::StatusOr<ExpressionPtr> BindTypeOf(ExpressionList arguments) {
  constexpr char kAccepts[] = "TYPEOF(ANY [, a BOOLEAN literal])";
  bool serializable = false;
  if (arguments.size() == 2 && arguments[1]->kind() == ExpressionKind::kLiteral &&
      arguments[1]->type().kind() == TypeKind::kBoolean && arguments[1]->literal()->is_valid) {
    serializable = static_cast<const arrow::BooleanScalar&>(*arguments[1]->literal()).value;
  } else if (arguments.size() != 1) {
    return WrongArguments("TYPEOF", arguments, kAccepts);
  }
  const DataType& type = arguments[0]->type();
  return Expression::String(serializable ? SerializableText(type) : type.ToString());
}

}  // namespace

absl::StatusOr<Kernel> CastKernel(const DataType& from, const DataType& to, const TimeZone& zone) {
  const CastKind kind = CastBetween(from, to);
  if (kind == CastKind::kNone) {
    return absl::InvalidArgumentError(
        absl::StrCat("a value of type ", from.ToString(), " cannot be cast to ", to.ToString()));
  }
  if (kind == CastKind::kIdentity) return Relabel(to.ToArrow());
  if (from.kind() == TypeKind::kNull) {
    return absl::InvalidArgumentError("an untyped NULL has no values to cast");
  }
  if (from.IsCharacter()) return ParsingCast(to, zone);
  if (to.IsCharacter()) return FormattingCast(from, to, zone);
  if (from.IsBinary()) return LengthCast(to);
  if (IsNumber(from) && IsNumber(to)) return NumericCast(from, to);
  if (IsTemporal(from)) return TemporalCast(from, to, zone);
  if (from.IsInterval()) return IntervalToBigInt(from, to);
  return NestedCast(from, to, zone);
}

void AddCastFunctions(ScalarFunctionTable& table) {
  table.Add({.name = "cast", .syntax = true, .accepts = "CAST(value AS type)", .kernel = KernelOf});
  table.Add({.name = "try_cast",
             .syntax = true,
             .accepts = "TRY_CAST(value AS type)",
             .kernel = TryKernelOf});
  table.Add({.name = "typeof", .accepts = "TYPEOF(ANY [, a BOOLEAN literal])", .bind = BindTypeOf});
}

}  // namespace millrace
