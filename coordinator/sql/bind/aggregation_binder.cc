#include "coordinator/sql/bind/aggregation_binder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/aggregate_functions.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/expression_walk.h"
#include "coordinator/sql/bind/group_keys.h"
#include "coordinator/sql/bind/select_items.h"

namespace millrace {
namespace {

constexpr const char* kHalfWindowHint =
    "group by window_start and window_end of TABLE(TUMBLE(TABLE t, DESCRIPTOR(time_column), size))";

// Expressions are bound over the columns of FROM; a call of an aggregate function becomes a column
// behind those. OverGroups then brings them over the aggregation's output: keys, then calls.
class AggregationBinder {
 public:
  AggregationBinder(const SelectQuery& select, Relation relation, GroupKeys keys,
                    QueryContext& context)
      : select_(select),
        relation_(std::move(relation)),
        keys_(std::move(keys)),
        log_(context.log),
        input_size_(relation_.plan->output.size()),
        inputs_(keys_.expressions),
        input_names_(keys_.names) {}

  LogicalPlan Bind() {
    auto columns = BindSelectItems(select_.items, Context("SELECT", nullptr));
    ExpressionPtr having = BindHaving();
    if (!columns.has_value() || (select_.having != nullptr && having == nullptr)) return nullptr;

    std::vector<ExpressionPtr> expressions;
    std::vector<std::string> names;
    bool right = true;
    for (SelectedColumn& column : *columns) {
      NameCall(*column.expression, column.name);
      expressions.push_back(OverGroups(column.expression, column.uses));
      names.push_back(std::move(column.name));
      right = right && expressions.back() != nullptr;
    }
    if (having != nullptr) having = OverGroups(having, having_uses_);
    if (!right || (select_.having != nullptr && having == nullptr)) return nullptr;

    LogicalPlan plan = MakeGroups();
    if (having != nullptr) plan = MakeFilter(std::move(plan), std::move(having));
    return MakeProject(std::move(plan), std::move(expressions), std::move(names));
  }

 private:
  // The argument and the FILTER of a call.
  struct CallInput {
    ExpressionPtr argument;     // Null for *.
    std::optional<int> filter;  // Among the aggregation's input columns.
  };

  ExpressionContext Context(std::string clause, std::vector<ColumnUseSite>* uses) {
    return {.scope = &relation_.scope,
            .log = &log_,
            .clause = std::move(clause),
            .intercept = [this](const SqlExpression& call) { return BindSpecialCall(call); },
            .uses = uses};
  }

  ExpressionPtr BindHaving() {
    if (select_.having == nullptr) return nullptr;
    return ExpressionBinder(Context("HAVING", &having_uses_)).BindCondition(*select_.having);
  }

  std::optional<ExpressionPtr> BindSpecialCall(const SqlExpression& expression) {
    const auto& call = *expression.As<FunctionCall>();
    const std::string name = FunctionName(call);
    if (!IsAggregateFunction(name)) {
      return BindWindowProperty(expression, keys_, *relation_.plan, log_);
    }
    if (IsVariance(name)) return BindVariance(name, call, expression.span);
    const std::optional<AggregateFunction> function = FindAggregateFunction(name);
    if (!function.has_value()) {
      log_.NotBuilt(expression.span, absl::StrCat(name, "()"));
      return ExpressionPtr();
    }
    return BindAggregate(*function, call, expression.span);
  }

  ExpressionPtr BindAggregate(AggregateFunction function, const FunctionCall& call,
                              SourceSpan span) {
    if (!call.within_group.empty() || call.ignore_nulls.has_value()) {
      log_.NotBuilt(span, "WITHIN GROUP or IGNORE NULLS");
      return nullptr;
    }
    const bool star = call.star && function == AggregateFunction::kCount;
    if (call.arguments.size() != (star ? 0 : 1) || call.star != star) {
      log_.Error(span, bind_code::kWrongArguments,
                 absl::StrCat(FunctionName(call), " takes one argument",
                              function == AggregateFunction::kCount ? " or *" : ""));
      return nullptr;
    }
    // MIN and MAX are the same with and without repeats.
    const bool repeats_matter =
        function != AggregateFunction::kMin && function != AggregateFunction::kMax;
    CallInput input;
    if (!BindInput(call, star, span, input)) return nullptr;
    return MakeCall(function, input, call.distinct && repeats_matter, span);
  }

  // STDDEV_POP, VAR_SAMP and so on, of the sums of x and of x * x, in the type that AVG(x) has: as
  // Flink's planner writes them.
  ExpressionPtr BindVariance(const std::string& name, const FunctionCall& call, SourceSpan span) {
    CallInput input;
    if (call.arguments.size() != 1 || call.star) {
      log_.Error(span, bind_code::kWrongArguments, absl::StrCat(name, " takes one argument"));
      return nullptr;
    }
    if (!BindInput(call, false, span, input)) return nullptr;
    const absl::StatusOr<ExpressionPtr> result = Variance(name, input, call.distinct, span);
    if (result.ok()) return *result;
    log_.Error(span, bind_code::kWrongArguments, result.status());
    return nullptr;
  }

  absl::StatusOr<ExpressionPtr> Variance(const std::string& name, CallInput input, bool distinct,
                                         SourceSpan span) {
    const absl::StatusOr<DataType> average = AggregateResultType(
        AggregateFunction::kAvg, input.argument->type(), input.filter.has_value());
    if (!average.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, " takes numbers, not ", input.argument->type().WithNullable(true).ToString()));
    }
    const DataType& type = *average;
    ASSIGN_OR_RETURN(const ExpressionPtr x, BindCast(input.argument, type));
    ASSIGN_OR_RETURN(const ExpressionPtr square, BindCall("times", {x, x}));
    input.argument = x;
    const ExpressionPtr sum = MakeCall(AggregateFunction::kSum, input, distinct, span);
    const ExpressionPtr count = MakeCall(AggregateFunction::kCount, input, distinct, span);
    input.argument = square;
    const ExpressionPtr squares = MakeCall(AggregateFunction::kSum, input, distinct, span);
    if (sum == nullptr || count == nullptr || squares == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(name, " takes numbers"));
    }
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

  // False after reporting.
  bool BindInput(const FunctionCall& call, bool star, SourceSpan span, CallInput& input) {
    ExpressionBinder binder(
        {.scope = &relation_.scope, .log = &log_, .clause = "an aggregate function"});
    if (call.filter != nullptr) {
      ExpressionPtr filter = binder.BindCondition(*call.filter);
      if (filter == nullptr) return false;
      input.filter = Input(std::move(filter));
    }
    if (star) return true;
    input.argument = binder.Bind(*call.arguments.front().value);
    return input.argument != nullptr;
  }

  // The column that the call gives. Null after reporting.
  ExpressionPtr MakeCall(AggregateFunction function, const CallInput& input, bool distinct,
                         SourceSpan span) {
    const bool star = input.argument == nullptr;
    const absl::StatusOr<DataType> type = AggregateResultType(
        function, star ? DataType::BigInt() : input.argument->type(), input.filter.has_value());
    if (!type.ok()) {
      log_.Error(span, bind_code::kWrongArguments, type.status());
      return nullptr;
    }
    if (distinct && !star && !HasOrder(input.argument->type())) {
      log_.NotBuilt(
          span, absl::StrCat("DISTINCT of ", input.argument->type().WithNullable(true).ToString()));
      return nullptr;
    }
    AggregateCall bound{.function = function,
                        .filter_column = input.filter,
                        .result_type = *type,
                        .distinct = distinct && !star};
    // Where no value is NULL, COUNT(x) counts rows.
    const bool counts_rows = star || (function == AggregateFunction::kCount &&
                                      !input.argument->type().nullable() && !distinct);
    if (!counts_rows) bound.argument = Input(input.argument);
    return CallColumn(std::move(bound));
  }

  // The place of `expression` among the aggregation's input columns.
  int Input(ExpressionPtr expression) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (SameExpression(inputs_[i], expression)) return static_cast<int>(i);
    }
    const bool is_column = expression->kind() == ExpressionKind::kColumn;
    input_names_.push_back(is_column ? relation_.scope.columns()[expression->index()].name
                                     : absl::StrCat("$f", inputs_.size()));
    inputs_.push_back(std::move(expression));
    return static_cast<int>(inputs_.size()) - 1;
  }

  // Equal calls are computed once.
  ExpressionPtr CallColumn(AggregateCall call) {
    size_t place = 0;
    for (; place < calls_.size(); ++place) {
      const AggregateCall& known = calls_[place];
      if (known.function == call.function && known.argument == call.argument &&
          known.filter_column == call.filter_column && known.distinct == call.distinct) {
        break;
      }
    }
    const DataType type = call.result_type;
    if (place == calls_.size()) {
      calls_.push_back(std::move(call));
      call_names_.push_back(absl::StrCat("agg$", place));
    }
    return Expression::Column(input_size_ + static_cast<int>(place), type);
  }

  // A call that is selected as it is takes the name it is selected by.
  void NameCall(const Expression& selected, const std::string& name) {
    if (selected.kind() != ExpressionKind::kColumn || selected.index() < input_size_) return;
    call_names_[selected.index() - input_size_] = name;
  }

  // Null after reporting a column that is neither grouped nor aggregated.
  ExpressionPtr OverGroups(const ExpressionPtr& expression,
                           const std::vector<ColumnUseSite>& uses) {
    if (expression->kind() == ExpressionKind::kLiteral) return expression;
    const int key_count = static_cast<int>(keys_.expressions.size());
    for (int i = 0; i < key_count; ++i) {
      if (SameExpression(keys_.expressions[i], expression)) {
        return Expression::Column(i, expression->type());
      }
    }
    if (expression->kind() == ExpressionKind::kColumn) {
      if (expression->index() >= input_size_) {
        return Expression::Column(key_count + expression->index() - input_size_,
                                  expression->type());
      }
      ReportNotGrouped(expression->index(), uses);
      return nullptr;
    }
    std::vector<ExpressionPtr> arguments;
    for (const ExpressionPtr& argument : expression->arguments()) {
      arguments.push_back(OverGroups(argument, uses));
      if (arguments.back() == nullptr) return nullptr;
    }
    if (expression->kind() == ExpressionKind::kField) {
      return Expression::Field(std::move(arguments.front()), expression->index());
    }
    return Expression::Call(expression->function(), std::move(arguments), expression->type());
  }

  void ReportNotGrouped(int column, const std::vector<ColumnUseSite>& uses) {
    for (const ColumnUseSite& use : uses) {
      if (use.column != column) continue;
      log_.Error(use.span, bind_code::kNotGrouped,
                 absl::StrCat("column '", relation_.scope.columns()[column].name,
                              "' is neither in GROUP BY nor in an aggregate function"));
      return;
    }
  }

  LogicalPlan MakeGroups() {
    if (keys_.expressions.empty() && calls_.empty()) {
      // Rows without columns could not be counted.
      CallColumn({.function = AggregateFunction::kCount,
                  .result_type = DataType::BigInt().WithNullable(false)});
    }
    if (inputs_.empty()) Input(Expression::Int(0));
    LogicalAggregate aggregate{.calls = std::move(calls_)};
    for (size_t i = 0; i < keys_.expressions.size(); ++i) {
      aggregate.keys.push_back(static_cast<int>(i));
    }
    LogicalPlan input = MakeProject(relation_.plan, std::move(inputs_), std::move(input_names_));
    return MakeAggregate(std::move(input), std::move(aggregate), std::move(call_names_));
  }

  const SelectQuery& select_;
  const Relation relation_;
  const GroupKeys keys_;
  DiagnosticLog& log_;
  const int input_size_;
  std::vector<ExpressionPtr> inputs_;  // Of the aggregation, over FROM: the keys first.
  std::vector<std::string> input_names_;
  std::vector<AggregateCall> calls_;
  std::vector<std::string> call_names_;
  std::vector<ColumnUseSite> having_uses_;
};

}  // namespace

LogicalPlan BindAggregation(const SelectQuery& select, Relation relation, QueryContext& context) {
  std::optional<GroupKeys> keys = BindGroupKeys(select, relation, context.log);
  if (!keys.has_value()) return nullptr;
  const std::string half_window = keys->half_window;
  LogicalPlan plan =
      AggregationBinder(select, std::move(relation), *std::move(keys), context).Bind();
  if (half_window.empty()) return plan;
  context.log.NotBuilt(select.group_by.front().span, half_window, kHalfWindowHint);
  return nullptr;
}

}  // namespace millrace
