#include "coordinator/sql/optimize/expression_traits.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "arrow/scalar.h"
#include "arrow/type.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/expression_rewrite.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 12> kChanging = {
    "rand",      "rand_integer",   "uuid",           "now",
    "proctime",  "current_date",   "current_time",   "current_timestamp",
    "localtime", "localtimestamp", "unix_timestamp", "current_row_timestamp"};

// A literal that is no NULL and not zero, whatever its type.
bool IsNonZero(const ExpressionPtr& expression) {
  if (!IsLiteral(expression) || IsNullLiteral(expression)) return false;
  const auto zero = arrow::MakeScalar(expression->literal()->type, 0);
  return zero.ok() && !expression->literal()->Equals(**zero);
}

// Functions that refuse some patterns, formats or zones. A literal one has been checked when the
// call was bound.
constexpr std::array<std::string_view, 18> kPicky = {
    "like",           "not_like",       "similar_to",    "not_similar_to",
    "regexp",         "date_format",    "to_date",       "to_timestamp",
    "regexp_extract", "regexp_replace", "from_unixtime", "unix_timestamp",
    "regexp_count",   "regexp_instr",   "regexp_substr", "regexp_extract_all",
    "str_to_map",     "convert_tz"};

// Functions whose result may be too long, whatever was checked before.
constexpr std::array<std::string_view, 3> kLengthening = {"lpad", "rpad", "repeat"};

// Functions that refuse some values.
constexpr std::array<std::string_view, 12> kFussy = {
    "from_base64", "encode",     "decode",     "sha2",       "rand_integer", "element",
    "json_exists", "json_value", "json_query", "json_array", "json_object",  "map_from_arrays"};

template <size_t n>
bool IsOneOf(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool CallMayFail(const Expression& call) {
  const std::string& function = call.function();
  const auto& arguments = call.arguments();
  if (function == "divide" || function == "mod") {
    return arguments.size() != 2 || !IsNonZero(arguments[1]);
  }
  if (function == "cast") {
    // Numbers narrow as in Java, and a DECIMAL that does not fit is NULL: only a text can be wrong.
    const DataType& from = arguments[0]->type();
    const bool may_hold_text = from.IsCharacter() || from.IsBinary() || !from.children().empty();
    return may_hold_text && !BindCast(arguments[0], call.type(), /*implicit=*/true).ok();
  }
  if (IsOneOf(kLengthening, function) || IsOneOf(kFussy, function)) return true;
  return IsOneOf(kPicky, function) && !arguments.empty() &&
         !std::all_of(arguments.begin() + 1, arguments.end(), IsLiteral);
}

}  // namespace

bool IsDeterministic(const ExpressionPtr& expression) {
  if (expression->kind() == ExpressionKind::kCall && IsOneOf(kChanging, expression->function())) {
    return false;
  }
  return std::all_of(expression->arguments().begin(), expression->arguments().end(),
                     IsDeterministic);
}

bool MayFail(const ExpressionPtr& expression) {
  if (expression->kind() == ExpressionKind::kCall && CallMayFail(*expression)) return true;
  return std::any_of(expression->arguments().begin(), expression->arguments().end(), MayFail);
}

}  // namespace millrace
