// Calls of functions by name: the part of ExpressionBinder that knows SQL's special forms.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/aggregate_functions.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/user_functions.h"

namespace millrace {
namespace {

const char* NameOf(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kMillennium:
      return "MILLENNIUM";
    case TimeUnit::kCentury:
      return "CENTURY";
    case TimeUnit::kDecade:
      return "DECADE";
    case TimeUnit::kYear:
      return "YEAR";
    case TimeUnit::kQuarter:
      return "QUARTER";
    case TimeUnit::kMonth:
      return "MONTH";
    case TimeUnit::kWeek:
      return "WEEK";
    case TimeUnit::kDay:
      return "DAY";
    case TimeUnit::kHour:
      return "HOUR";
    case TimeUnit::kMinute:
      return "MINUTE";
    case TimeUnit::kSecond:
      return "SECOND";
    case TimeUnit::kMillisecond:
      return "MILLISECOND";
    case TimeUnit::kMicrosecond:
      return "MICROSECOND";
    case TimeUnit::kNanosecond:
      return "NANOSECOND";
    case TimeUnit::kIsoYear:
      return "ISOYEAR";
    case TimeUnit::kIsoDow:
      return "ISODOW";
    case TimeUnit::kDow:
      return "DOW";
    case TimeUnit::kDoy:
      return "DOY";
    case TimeUnit::kEpoch:
      return "EPOCH";
  }
  return "";
}

// TUMBLE, TUMBLE_START, ... of the group windows.
bool IsWindowWord(const std::string& name) {
  const std::string first = name.substr(0, name.find('_'));
  return first == "TUMBLE" || first == "HOP" || first == "SESSION" || first == "CUMULATE";
}

// What of a call is only for aggregates, OVER windows or JSON; empty: nothing.
std::string_view ForeignPart(const FunctionCall& call) {
  if (call.star) return "'*'";
  if (call.distinct) return "DISTINCT";
  if (call.filter != nullptr) return "FILTER";
  if (!call.within_group.empty()) return "WITHIN GROUP";
  if (call.ignore_nulls.has_value()) return "IGNORE NULLS";
  return "";
}

}  // namespace

ExpressionPtr ExpressionBinder::BindFunction(const SqlExpression& expression,
                                             const FunctionCall& call) {
  const SourceSpan span = expression.span;
  const std::string name = absl::AsciiStrToUpper(call.name.parts.back().name);
  if (call.over.has_value()) {
    return context_.bind_over ? context_.bind_over(expression) : NotBuilt(span, "OVER");
  }
  if (context_.intercept) {
    if (std::optional<ExpressionPtr> bound = context_.intercept(expression)) return *bound;
  }
  if (context_.scope->functions() != nullptr) {
    const UserFunctionPtr function = FindUserFunction(call, *context_.scope->functions());
    if (function != nullptr) return BindUserFunction(*function, call, span);
    if (context_.scope->IsBroken(call.name.parts.back().name)) return nullptr;
  }
  if (IsAggregateFunction(name)) {
    log().Error(
        span, bind_code::kMisplacedAggregate,
        absl::StrCat(name, " is an aggregate function, which ", context_.clause, " cannot hold"));
    return nullptr;
  }
  if (const std::string_view foreign = ForeignPart(call); !foreign.empty()) {
    log().Error(
        span, bind_code::kWrongArguments,
        absl::StrCat(std::string(foreign), " is for aggregate functions, and ", name, " is none"));
    return nullptr;
  }
  if (call.name.parts.size() > 1) return NotBuilt(span, "a function of a catalog or database");
  if (IsJsonCall(name)) return BindJsonCall(call, span);
  if (call.json_returning.has_value() || !call.json_wrapper.empty() ||
      !call.json_behaviors.empty()) {
    return NotBuilt(span, absl::StrCat("a RETURNING, WRAPPER or ON clause of ", name));
  }
  if (name == "TRIM") return BindTrim(call, span);

  std::optional<std::vector<ExpressionPtr>> arguments = BindArguments(call, span);
  if (!arguments.has_value()) return nullptr;
  if (name == "UNIX_TIMESTAMP" && arguments->empty()) {
    arguments->push_back(Call("CURRENT_TIMESTAMP", {}, span));
  }
  absl::StatusOr<ExpressionPtr> bound = BindCall(name, *std::move(arguments));
  if (bound.ok()) return *std::move(bound);
  if (IsWindowWord(name)) {
    log().Error(span, bind_code::kWrongWindow,
                absl::StrCat(name, " stands in FROM or goes with a window in GROUP BY"));
  } else if (absl::IsNotFound(bound.status())) {
    log().Error(call.name.span, bind_code::kUnknownFunction, bound.status());
  } else {
    log().Error(span, bind_code::kWrongArguments, bound.status());
  }
  return nullptr;
}

std::optional<std::vector<ExpressionPtr>> ExpressionBinder::BindArguments(const FunctionCall& call,
                                                                          SourceSpan span) {
  std::vector<ExpressionPtr> arguments;
  bool wrong = false;
  for (const FunctionArgument& argument : call.arguments) {
    if (argument.name.has_value() || argument.value == nullptr) {
      NotBuilt(span, "a named or DEFAULT argument of a function");
      return std::nullopt;
    }
    const auto* unit = argument.value->As<TimeUnitArgument>();
    arguments.push_back(unit != nullptr ? Expression::String(NameOf(unit->unit))
                                        : Bind(*argument.value));
    wrong = wrong || arguments.back() == nullptr;
  }
  if (wrong) return std::nullopt;
  return arguments;
}

ExpressionPtr ExpressionBinder::BindUserFunction(const UserFunction& function,
                                                 const FunctionCall& call, SourceSpan span) {
  if (const std::string_view foreign = ForeignPart(call); !foreign.empty()) {
    log().Error(span, bind_code::kWrongArguments,
                absl::StrCat(std::string(foreign), " is for aggregate functions, and ",
                             function.name, " is none"));
    return nullptr;
  }
  std::optional<std::vector<ExpressionPtr>> arguments = BindArguments(call, span);
  if (!arguments.has_value()) return nullptr;
  absl::StatusOr<ExpressionPtr> bound = CallUserFunction(function, *std::move(arguments));
  if (bound.ok()) return Bounded(*std::move(bound), span);
  log().Error(span, bind_code::kWrongArguments, bound.status());
  return nullptr;
}

// TRIM(side, what, text) by the functions that trim without special syntax.
ExpressionPtr ExpressionBinder::BindTrim(const FunctionCall& call, SourceSpan span) {
  if (call.arguments.size() != 3) {
    std::vector<const SqlExpression*> plain;
    for (const FunctionArgument& argument : call.arguments) plain.push_back(argument.value.get());
    auto bound = BindAll(plain);
    return bound.has_value() ? Call("TRIM", *std::move(bound), span) : nullptr;
  }
  const auto* side = call.arguments[0].value->As<KeywordArgument>();
  const auto bound = BindAll({call.arguments[2].value.get(), call.arguments[1].value.get()});
  if (side == nullptr || !bound.has_value()) return nullptr;
  const char* function = side->keyword == "LEADING"    ? "LTRIM"
                         : side->keyword == "TRAILING" ? "RTRIM"
                                                       : "TRIM";
  return Call(function, *bound, span);
}

}  // namespace millrace
