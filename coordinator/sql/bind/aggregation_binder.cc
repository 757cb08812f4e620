#include "coordinator/sql/bind/aggregation_binder.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/aggregate_calls.h"
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
// behind those. OverGroups then brings them over the aggregation's output: keys, with GROUPING SETS
// the id of the set, then calls.
class AggregationBinder {
 public:
  AggregationBinder(const SelectQuery& select, Relation relation, GroupKeys keys,
                    QueryContext& context)
      : select_(select),
        relation_(std::move(relation)),
        keys_(std::move(keys)),
        log_(context.log),
        calls_(relation_, keys_, context) {}

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
  // Stands for the id of the set, until OverGroups.
  static constexpr int kSetId = std::numeric_limits<int>::max();

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
    const std::string name = FunctionName(*expression.As<FunctionCall>());
    if (IsGroupingFunction(name)) {
      return BindGroupingFunction(
          expression, keys_, {.scope = &relation_.scope, .log = &log_, .clause = name},
          Expression::Column(kSetId, DataType::BigInt().WithNullable(false)));
    }
    if (IsAggregateFunction(name)) return calls_.Bind(name, expression);
    return BindWindowProperty(expression, keys_, *relation_.plan, log_);
  }

  // A call that is selected as it is takes the name it is selected by.
  void NameCall(const Expression& selected, const std::string& name) {
    if (selected.kind() != ExpressionKind::kColumn || selected.index() == kSetId) return;
    const int call = selected.index() - calls_.first_call();
    if (call >= 0) calls_.NameCall(call, name);
  }

  int key_count() const { return static_cast<int>(keys_.expressions.size()); }

  // A column of FROM's rows, calls and set as one of the groups'.
  ExpressionPtr ColumnOverGroups(const Expression& column, const std::vector<ColumnUseSite>& uses) {
    if (column.index() == kSetId) return Expression::Column(key_count(), column.type());
    const int call = column.index() - calls_.first_call();
    if (call >= 0) {
      const int first = key_count() + (keys_.sets.empty() ? 0 : 1);
      return Expression::Column(first + call, column.type());
    }
    ReportNotGrouped(column.index(), uses);
    return nullptr;
  }

  // Null after reporting a column that is neither grouped nor aggregated.
  ExpressionPtr OverGroups(const ExpressionPtr& expression,
                           const std::vector<ColumnUseSite>& uses) {
    if (expression->kind() == ExpressionKind::kLiteral) return expression;
    for (int i = 0; i < key_count(); ++i) {
      if (!SameExpression(keys_.expressions[i], expression)) continue;
      const DataType& type = expression->type();
      return Expression::Column(i, type.WithNullable(type.nullable() || keys_.may_be_null(i)));
    }
    if (expression->kind() == ExpressionKind::kColumn) return ColumnOverGroups(*expression, uses);
    std::vector<ExpressionPtr> arguments;
    bool nullable = expression->type().nullable();
    for (const ExpressionPtr& argument : expression->arguments()) {
      arguments.push_back(OverGroups(argument, uses));
      if (arguments.back() == nullptr) return nullptr;
      nullable = nullable || (arguments.back()->type().nullable() && !argument->type().nullable());
    }
    if (expression->kind() == ExpressionKind::kField) {
      return Expression::Field(std::move(arguments.front()), expression->index());
    }
    return Expression::Call(expression->function(), std::move(arguments),
                            expression->type().WithNullable(nullable));
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
    calls_.CompleteCalls();
    calls_.CompleteInputs();
    LogicalPlan input = MakeProject(relation_.plan, calls_.inputs(), calls_.input_names());
    LogicalAggregate aggregate{.calls = calls_.calls()};
    for (int i = 0; i < key_count(); ++i) aggregate.keys.push_back(i);
    if (!keys_.sets.empty()) {
      aggregate.keys.push_back(input->output.size());
      input = MakeExpand(std::move(input), Expansion());
    }
    return MakeAggregate(std::move(input), std::move(aggregate), calls_.call_names());
  }

  LogicalExpand Expansion() const {
    LogicalExpand expand;
    for (const GroupingSet& set : keys_.sets) {
      ExpandSpec::Set& added = expand.sets.emplace_back(ExpandSpec::Set{.id = set.id});
      for (int key = 0; key < key_count(); ++key) {
        if (!set.has[key]) added.null_columns.push_back(key);
      }
    }
    return expand;
  }

  const SelectQuery& select_;
  const Relation relation_;
  const GroupKeys keys_;
  DiagnosticLog& log_;
  AggregateCalls calls_;
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
