#include "common/expr/function_registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"
#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/type_rules.h"

namespace millrace {
namespace {

// Functions of Flink that have no line in a table yet.
constexpr std::array kNotBuiltYet = {
    "APPROX_COUNT_DISTINCT", "ARRAY_AGG",      "CURRENT_WATERMARK", "GROUPING", "PERCENTILE",
    "SOURCE_WATERMARK",      "TRY_PARSE_JSON", "PARSE_JSON"};

bool IsNotBuiltYet(const std::string& name) {
  return std::find(kNotBuiltYet.begin(), kNotBuiltYet.end(), name) != kNotBuiltYet.end();
}

absl::Status NoSuchCast(const DataType& from, const DataType& to, bool implicit) {
  return absl::InvalidArgumentError(absl::StrCat(
      "a value of type ", from.WithNullable(true).ToString(), " cannot ",
      implicit ? "stand for one of type " : "be cast to ", to.WithNullable(true).ToString(),
      implicit && CastBetween(from, to) == CastKind::kExplicit ? "; write a CAST" : ""));
}

absl::StatusOr<ExpressionPtr> BindCastCall(const char* function, ExpressionPtr value,
                                           const DataType& type, bool nullable) {
  if (CastBetween(value->type(), type) == CastKind::kNone) {
    return NoSuchCast(value->type(), type, false);
  }
  if (value->type().kind() == TypeKind::kNull) return Expression::Null(type);
  return Expression::Call(function, {std::move(value)}, type.WithNullable(nullable));
}

}  // namespace

absl::StatusOr<ExpressionPtr> BindCall(std::string_view name,
                                       std::vector<ExpressionPtr> arguments) {
  const FunctionDefinition* function = Functions().Find(name);
  if (function == nullptr) {
    const std::string upper = absl::AsciiStrToUpper(AbslView(name));
    if (IsNotBuiltYet(upper)) {
      return absl::UnimplementedError(
          absl::StrCat("the function ", upper, " is valid in Flink, but not built yet"));
    }
    const std::string hint = DidYouMean(upper, FunctionNames());
    return absl::NotFoundError(
        absl::StrCat("there is no function ", AbslView(name), hint.empty() ? "" : "; ", hint));
  }
  if (function->bind == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(absl::AsciiStrToUpper(function->name), " takes ", function->accepts));
  }
  ASSIGN_OR_RETURN(ExpressionPtr bound, function->bind(std::move(arguments)));
  // A literal that no kernel can be made of, e.g. a broken pattern, is an error of the statement.
  if (bound->kind() == ExpressionKind::kCall) {
    const FunctionDefinition* made = Functions().Find(bound->function());
    if (made != nullptr && made->kernel != nullptr) RETURN_IF_ERROR(made->kernel(*bound).status());
  }
  return bound;
}

absl::StatusOr<ExpressionPtr> BindCast(ExpressionPtr value, const DataType& type, bool implicit) {
  if (SameValues(value->type(), type)) return value;
  const CastKind kind = CastBetween(value->type(), type);
  if (implicit && kind < CastKind::kImplicit) return NoSuchCast(value->type(), type, true);
  const bool nullable = value->type().nullable();
  if (implicit && kind == CastKind::kImplicit) return Coerced(std::move(value), type);
  return BindCastCall("cast", std::move(value), type, nullable);
}

absl::StatusOr<ExpressionPtr> BindTryCast(ExpressionPtr value, const DataType& type) {
  if (SameValues(value->type(), type)) return value;
  return BindCastCall("try_cast", std::move(value), type, /*nullable=*/true);
}

absl::StatusOr<DataType> CommonType(const std::vector<DataType>& types) {
  if (const auto common = LeastRestrictive(types)) return *common;
  return absl::InvalidArgumentError(
      absl::StrCat("there is no common type of ",
                   absl::StrJoin(types, ", ", [](std::string* out, const DataType& type) {
                     absl::StrAppend(out, type.WithNullable(true).ToString());
                   })));
}

std::vector<std::string> FunctionNames() {
  std::vector<std::string> names;
  for (const auto& [name, function] : Functions().functions()) {
    if (function.syntax) continue;
    names.push_back(absl::AsciiStrToUpper(name));
    for (const absl::string_view alias :
         absl::StrSplit(function.aliases, ' ', absl::SkipWhitespace())) {
      if (absl::ascii_isalpha(alias[0])) names.push_back(absl::AsciiStrToUpper(alias));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace millrace
