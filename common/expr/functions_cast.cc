// CAST and TRY_CAST.
#include <utility>

#include "absl/strings/str_cat.h"
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

// Rows, or elements of nested values, that fail are NULL already; what is left to do is to forget
// that they failed.
absl::StatusOr<Kernel> TryKernelOf(const Expression& call) {
  ASSIGN_OR_RETURN(Kernel cast, KernelOf(call));
  return Kernel([cast](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(Vector result, cast(arguments, rows));
    if (result.errors == nullptr) return result;
    result.errors = ErrorsByRow(*arguments[0], rows);
    return result;
  });
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
}

}  // namespace millrace
