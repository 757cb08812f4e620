#include "coordinator/sql/bind/aggregate_calls.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "arrow/array/array_nested.h"
#include "arrow/array/array_primitive.h"
#include "arrow/scalar.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/expr/evaluator.h"
#include "common/expr/function_registry.h"
#include "common/plan/aggregate_name.h"
#include "coordinator/sql/bind/aggregate_functions.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/expression_walk.h"

namespace millrace {
namespace {

// How many arguments a function takes, for people.
struct Arity {
  size_t least = 1;
  size_t most = 1;
  const char* form = "one argument";
};

Arity ArityOf(std::string_view name) {
  if (name == "COUNT") return {.most = 100, .form = "columns or *"};
  if (name == "LISTAGG") return {.most = 2, .form = "a text and a separator"};
  if (name == "PERCENTILE") {
    return {.least = 2, .most = 3, .form = "a number, a percentage and a frequency"};
  }
  if (name == "JSON_OBJECTAGG") return {.least = 2, .most = 2, .form = "KEY k VALUE v"};
  return {};
}

absl::Status Unbuilt(std::string what) { return absl::UnimplementedError(std::move(what)); }

// The value of an expression without columns.
absl::StatusOr<std::shared_ptr<arrow::Scalar>> ConstantValue(const ExpressionPtr& expression,
                                                             const DataType& type,
                                                             std::string_view what) {
  std::set<int> columns;
  CollectColumns(expression, columns);
  const ExpressionPtr cast = columns.empty() ? CastImplicitly(expression, type) : nullptr;
  if (cast == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(AbslView(what), " must be a literal, not ",
                     expression->type().WithNullable(true).ToString()));
  }
  ASSIGN_OR_RETURN(auto value, EvaluateConstant(cast));
  if (value->is_valid) return value;
  return absl::InvalidArgumentError(absl::StrCat(AbslView(what), " must not be NULL"));
}

absl::Status CheckPercentages(const std::vector<double>& percentages) {
  for (const double percentage : percentages) {
    if (percentage >= 0 && percentage <= 1) continue;
    return absl::InvalidArgumentError("the percentages of PERCENTILE lie between 0.0 and 1.0");
  }
  if (percentages.empty()) {
    return absl::InvalidArgumentError("PERCENTILE needs a percentage, or an ARRAY of some");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<double>> PercentagesOf(const ExpressionPtr& argument) {
  constexpr std::string_view kWhat = "the percentage of PERCENTILE";
  std::vector<double> percentages;
  if (argument->type().kind() == TypeKind::kArray) {
    ASSIGN_OR_RETURN(const auto value,
                     ConstantValue(argument, DataType::Array(DataType::Double()), kWhat));
    const auto& list = static_cast<const arrow::BaseListScalar&>(*value);
    const auto& doubles = static_cast<const arrow::DoubleArray&>(*list.value);
    if (doubles.null_count() > 0) {
      return absl::InvalidArgumentError("the percentages of PERCENTILE must not be NULL");
    }
    for (int64_t i = 0; i < doubles.length(); ++i) percentages.push_back(doubles.Value(i));
  } else {
    ASSIGN_OR_RETURN(const auto value, ConstantValue(argument, DataType::Double(), kWhat));
    percentages.push_back(static_cast<const arrow::DoubleScalar&>(*value).value);
  }
  RETURN_IF_ERROR(CheckPercentages(percentages));
  return percentages;
}

// NULL ON NULL or ABSENT ON NULL of a JSON aggregate; empty: neither is written.
absl::StatusOr<std::optional<bool>> KeepsJsonNulls(const FunctionCall& call) {
  std::optional<bool> keeps;
  for (const JsonBehavior& behavior : call.json_behaviors) {
    if (behavior.on != "NULL" || (behavior.action != "NULL" && behavior.action != "ABSENT")) {
      return absl::InvalidArgumentError(
          absl::StrCat(behavior.action, " ON ", behavior.on, " is not for an aggregate function"));
    }
    keeps = behavior.action == "NULL";
  }
  return keeps;
}

}  // namespace

AggregateCalls::AggregateCalls(const Relation& relation, const GroupKeys& keys,
                               QueryContext& context)
    : relation_(relation),
      keys_(keys),
      context_(context),
      log_(context.log),
      first_call_(relation.plan->output.size()),
      inputs_(keys.expressions),
      input_names_(keys.names) {}

ExpressionPtr AggregateCalls::Bind(const std::string& name, const SqlExpression& expression) {
  const auto& call = *expression.As<FunctionCall>();
  const std::optional<AggregateFunction> function = FindAggregateFunction(name);
  if (!function.has_value() && !IsVariance(name)) {
    log_.NotBuilt(expression.span, absl::StrCat(name, "()"));
    return nullptr;
  }
  if (!CheckForm(name, call, expression.span)) return nullptr;
  CallInput input;
  if (call.filter != nullptr) {
    input.filter = ExpressionBinder(
                       {.scope = &relation_.scope, .log = &log_, .clause = "an aggregate function"})
                       .BindCondition(*call.filter);
    if (input.filter == nullptr) return nullptr;
  }
  std::optional<std::vector<ExpressionPtr>> arguments = BindArguments(call);
  if (!arguments.has_value()) return nullptr;

  absl::StatusOr<ExpressionPtr> bound;
  if (function.has_value()) {
    AggregateCall made{.function = *function, .distinct = call.distinct};
    const absl::StatusOr<std::optional<bool>> json_nulls = KeepsJsonNulls(call);
    if (*function == AggregateFunction::kArrayAgg)
      made.keeps_nulls = !call.ignore_nulls.value_or(false);
    if (*function == AggregateFunction::kJsonObjectAgg) made.keeps_nulls = true;
    if (json_nulls.ok() && json_nulls->has_value()) made.keeps_nulls = **json_nulls;
    bound = json_nulls.ok() ? BindBuilt(std::move(made), std::move(input), *std::move(arguments))
                            : json_nulls.status();
  } else {
    input.argument = arguments->front();
    bound = Variance(name, std::move(input), call.distinct);
  }
  if (bound.ok()) return *std::move(bound);
  if (absl::IsUnimplemented(bound.status())) {
    log_.NotBuilt(expression.span, std::string(bound.status().message()));
  } else {
    log_.Error(expression.span, bind_code::kWrongArguments, bound.status());
  }
  return nullptr;
}

bool AggregateCalls::CheckForm(const std::string& name, const FunctionCall& call, SourceSpan span) {
  if (!call.within_group.empty()) {
    log_.NotBuilt(span, "WITHIN GROUP");
    return false;
  }
  if (call.ignore_nulls.has_value() && name != "ARRAY_AGG") {
    log_.Error(span, bind_code::kWrongArguments,
               absl::StrCat(name, " has no IGNORE NULLS or RESPECT NULLS"),
               "FILTER (WHERE x IS NOT NULL) leaves NULLs out");
    return false;
  }
  const Arity arity = ArityOf(name);
  const size_t count = call.arguments.size();
  const bool right =
      call.star ? name == "COUNT" && count == 0 : count >= arity.least && count <= arity.most;
  if (right) return true;
  log_.Error(span, bind_code::kWrongArguments, absl::StrCat(name, " takes ", arity.form));
  return false;
}

std::optional<std::vector<ExpressionPtr>> AggregateCalls::BindArguments(const FunctionCall& call) {
  ExpressionBinder binder(
      {.scope = &relation_.scope, .log = &log_, .clause = "an aggregate function"});
  std::vector<ExpressionPtr> arguments;
  bool right = true;
  for (const FunctionArgument& argument : call.arguments) {
    if (argument.name.has_value() || argument.value == nullptr) {
      log_.NotBuilt(call.name.span, "a named or DEFAULT argument of an aggregate function");
      return std::nullopt;
    }
    arguments.push_back(binder.Bind(*argument.value));
    right = right && arguments.back() != nullptr;
  }
  if (!right) return std::nullopt;
  return arguments;
}

absl::StatusOr<ExpressionPtr> AggregateCalls::BindBuilt(AggregateCall call, CallInput input,
                                                        std::vector<ExpressionPtr> arguments) {
  switch (call.function) {
    case AggregateFunction::kCount:
      return Count(std::move(call), std::move(input), arguments);
    case AggregateFunction::kListAgg:
      return ListAgg(std::move(call), std::move(input), arguments);
    case AggregateFunction::kPercentile:
      return Percentile(std::move(call), std::move(input), arguments);
    case AggregateFunction::kJsonObjectAgg:
    case AggregateFunction::kJsonArrayAgg:
      return JsonAgg(std::move(call), std::move(input), arguments);
    case AggregateFunction::kMin:
    case AggregateFunction::kMax:
    case AggregateFunction::kFirstValue:
    case AggregateFunction::kApproxCountDistinct:
      call.distinct = false;  // The same with and without repeats.
      break;
    default:
      break;
  }
  input.argument = std::move(arguments.front());
  return MakeCall(std::move(call), input);
}

// COUNT(a, b) counts the rows in which no column is NULL.
absl::StatusOr<ExpressionPtr> AggregateCalls::Count(AggregateCall call, CallInput input,
                                                    const std::vector<ExpressionPtr>& arguments) {
  if (arguments.size() <= 1) {
    if (!arguments.empty()) input.argument = arguments.front();
    return MakeCall(std::move(call), input);
  }
  for (const ExpressionPtr& argument : arguments) {
    if (!argument->type().nullable()) continue;
    ASSIGN_OR_RETURN(ExpressionPtr is_there, BindCall("is_not_null", {argument}));
    input.filter = Conjunction(std::move(input.filter), std::move(is_there));
  }
  if (call.distinct) {
    ASSIGN_OR_RETURN(input.argument, BindCall("row", arguments));
  }
  return MakeCall(std::move(call), input);
}

absl::StatusOr<ExpressionPtr> AggregateCalls::ListAgg(AggregateCall call, CallInput input,
                                                      const std::vector<ExpressionPtr>& arguments) {
  call.separator = ",";
  if (arguments.size() == 2) {
    ASSIGN_OR_RETURN(const auto separator,
                     ConstantValue(arguments[1], DataType::String(), "the separator of LISTAGG"));
    call.separator = static_cast<const arrow::StringScalar&>(*separator).view();
  }
  input.argument = arguments.front();
  return MakeCall(std::move(call), input);
}

absl::StatusOr<ExpressionPtr> AggregateCalls::Percentile(
    AggregateCall call, CallInput input, const std::vector<ExpressionPtr>& arguments) {
  ASSIGN_OR_RETURN(const DataType result,
                   AggregateResultType(call.function, arguments[0]->type(), false));
  call.result_type =
      arguments[1]->type().kind() == TypeKind::kArray ? DataType::Array(result) : result;
  ASSIGN_OR_RETURN(call.percentages, PercentagesOf(arguments[1]));
  if (arguments.size() == 3) {
    if (call.distinct) return Unbuilt("PERCENTILE of DISTINCT values with a frequency");
    if (!arguments[2]->type().IsInteger()) {
      return absl::InvalidArgumentError("the frequency of PERCENTILE must be an integer");
    }
    ASSIGN_OR_RETURN(ExpressionPtr weight, BindCast(arguments[2], DataType::BigInt()));
    call.weight = Input(std::move(weight));
  }
  ASSIGN_OR_RETURN(input.argument, BindCast(arguments[0], DataType::Double()));
  return MakeCall(std::move(call), input);
}

// The aggregate joins what JSON_STRING makes of each value.
absl::StatusOr<ExpressionPtr> AggregateCalls::JsonAgg(AggregateCall call, CallInput input,
                                                      const std::vector<ExpressionPtr>& arguments) {
  std::vector<ExpressionPtr> texts;
  for (const ExpressionPtr& argument : arguments) {
    absl::StatusOr<ExpressionPtr> text = BindCall("json_string", {argument});
    if (absl::IsNotFound(text.status())) {
      return Unbuilt(absl::StrCat(AbslView(AggregateFunctionName(call.function)), "()"));
    }
    RETURN_IF_ERROR(text.status());
    texts.push_back(*std::move(text));
  }
  if (call.keeps_nulls) {
    ASSIGN_OR_RETURN(texts.back(),
                     BindCall("coalesce", {texts.back(), Expression::String("null")}));
  }
  if (texts.size() == 2) {
    if (!arguments[0]->type().IsCharacter()) {
      return absl::InvalidArgumentError("the KEY of JSON_OBJECTAGG must be a text");
    }
    // A NULL fails where the object is made.
    ASSIGN_OR_RETURN(const ExpressionPtr key,
                     BindCall("coalesce", {texts[0], Expression::String("null")}));
    ASSIGN_OR_RETURN(const ExpressionPtr head,
                     BindCall("concat_operator", {key, Expression::String(":")}));
    ASSIGN_OR_RETURN(texts.back(), BindCall("concat_operator", {head, texts[1]}));
  }
  call.keeps_nulls = false;  // What is NULL now is to be left out.
  input.argument = texts.back();
  return MakeCall(std::move(call), input);
}

// STDDEV_POP, VAR_SAMP and so on, of the sums of x and of x * x, in the type that AVG(x) has: as
// Flink's planner writes them.
absl::StatusOr<ExpressionPtr> AggregateCalls::Variance(const std::string& name, CallInput input,
                                                       bool distinct) {
  const absl::StatusOr<DataType> average =
      AggregateResultType(AggregateFunction::kAvg, input.argument->type(), input.filter != nullptr);
  if (!average.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, " takes numbers, not ", input.argument->type().WithNullable(true).ToString()));
  }
  const DataType& type = *average;
  const auto call_of = [&](AggregateFunction function, ExpressionPtr argument) {
    input.argument = std::move(argument);
    return MakeCall({.function = function, .distinct = distinct}, input);
  };
  ASSIGN_OR_RETURN(const ExpressionPtr x, BindCast(input.argument, type));
  ASSIGN_OR_RETURN(const ExpressionPtr square, BindCall("times", {x, x}));
  ASSIGN_OR_RETURN(const ExpressionPtr sum, call_of(AggregateFunction::kSum, x));
  ASSIGN_OR_RETURN(const ExpressionPtr count, call_of(AggregateFunction::kCount, x));
  ASSIGN_OR_RETURN(const ExpressionPtr squares, call_of(AggregateFunction::kSum, square));
  // NULL instead of a division by 0: no values, or one alone.
  const bool of_sample = name != "STDDEV_POP" && name != "VAR_POP";
  ASSIGN_OR_RETURN(const ExpressionPtr rows, BindCall("nullif", {count, Expression::BigInt(0)}));
  ExpressionPtr divisor = rows;
  if (of_sample) {
    ASSIGN_OR_RETURN(divisor, BindCall("minus", {count, Expression::BigInt(1)}));
    ASSIGN_OR_RETURN(divisor, BindCall("nullif", {divisor, Expression::BigInt(0)}));
  }
  ASSIGN_OR_RETURN(ExpressionPtr mean, BindCall("times", {sum, sum}));
  ASSIGN_OR_RETURN(mean, BindCall("divide", {mean, rows}));
  ASSIGN_OR_RETURN(ExpressionPtr result, BindCall("minus", {squares, mean}));
  ASSIGN_OR_RETURN(result, BindCall("divide", {result, divisor}));
  if (name.starts_with("STDDEV")) {
    ASSIGN_OR_RETURN(result, BindCall("power", {result, Expression::Double(0.5)}));
  }
  return BindCast(result, type.WithNullable(true));
}

// The column that the call gives.
absl::StatusOr<ExpressionPtr> AggregateCalls::MakeCall(AggregateCall call, const CallInput& input) {
  const bool star = input.argument == nullptr;
  const DataType argument = star ? DataType::BigInt() : input.argument->type();
  ASSIGN_OR_RETURN(const DataType type,
                   AggregateResultType(call.function, argument, input.filter != nullptr));
  if (call.percentages.empty()) call.result_type = type;
  call.distinct = call.distinct && !star;
  const bool keeps_values = call.distinct || call.function >= AggregateFunction::kFirstValue;
  if (keeps_values && !CanBeKept(argument)) {
    return Unbuilt(absl::StrCat(AbslView(AggregateFunctionName(call.function)),
                                call.distinct ? "(DISTINCT " : "(",
                                argument.WithNullable(true).ToString(), ")"));
  }
  // Where no value is NULL, COUNT(x) counts rows.
  const bool counts_rows = star || (call.function == AggregateFunction::kCount &&
                                    !argument.nullable() && !call.distinct);
  if (input.filter != nullptr) call.filter_column = Input(input.filter);
  if (!counts_rows) call.argument = Input(input.argument);
  return CallColumn(std::move(call));
}

// The place of `expression` among the aggregation's input columns. A key that some sets of GROUP BY
// make NULL is no place to read an argument from.
int AggregateCalls::Input(ExpressionPtr expression) {
  const size_t first = keys_.sets.empty() ? 0 : keys_.expressions.size();
  for (size_t i = first; i < inputs_.size(); ++i) {
    if (SameExpression(inputs_[i], expression)) return static_cast<int>(i);
  }
  const bool is_column = expression->kind() == ExpressionKind::kColumn;
  input_names_.push_back(is_column ? relation_.scope.columns()[expression->index()].name
                                   : absl::StrCat("$f", inputs_.size()));
  inputs_.push_back(std::move(expression));
  return static_cast<int>(inputs_.size()) - 1;
}

// Equal calls are computed once.
ExpressionPtr AggregateCalls::CallColumn(AggregateCall call) {
  const auto known = std::find(calls_.begin(), calls_.end(), call);
  const auto place = static_cast<int>(known - calls_.begin());
  const DataType type = call.result_type;
  if (known == calls_.end()) {
    calls_.push_back(std::move(call));
    call_names_.push_back(absl::StrCat("agg$", place));
  }
  return Expression::Column(first_call_ + place, type);
}

void AggregateCalls::CompleteInputs() {
  if (inputs_.empty()) Input(Expression::Int(0));
}

void AggregateCalls::CompleteCalls() {
  if (!calls_.empty() || !keys_.expressions.empty() || !keys_.sets.empty()) return;
  CallColumn({.function = AggregateFunction::kCount,
              .result_type = DataType::BigInt().WithNullable(false)});
}

}  // namespace millrace
