#include "coordinator/sql/optimize/window_fusion.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "coordinator/sql/bind/expression_rewrite.h"

namespace millrace {
namespace {

// The aggregation, the calculation below it and the windows below that.
struct Pattern {
  const LogicalNode& node;
  const LogicalAggregate& aggregate;
  const LogicalWindowTvf& tvf;
  LogicalPlan input;                       // Of the window table function.
  ExpressionPtr condition;                 // Over the window table function's output, or null.
  std::vector<ExpressionPtr> expressions;  // The aggregation's input columns, over the same.

  int first_window_column() const { return input->output.size(); }
  bool UsesWindow(const ExpressionPtr& expression) const {
    std::set<int> columns;
    CollectColumns(expression, columns);
    return !columns.empty() && *columns.rbegin() >= first_window_column();
  }
};

std::optional<Pattern> Match(const LogicalNode& node) {
  const auto* aggregate = std::get_if<LogicalAggregate>(&node.spec);
  if (aggregate == nullptr || !GroupsWindows(*aggregate, node.input())) return std::nullopt;
  const LogicalNode* below = &node.input();
  const auto* calc = std::get_if<LogicalCalc>(&below->spec);
  if (calc != nullptr) below = &below->input();
  const auto* tvf = std::get_if<LogicalWindowTvf>(&below->spec);
  if (tvf == nullptr) return std::nullopt;
  return Pattern{
      .node = node,
      .aggregate = *aggregate,
      .tvf = *tvf,
      .input = below->inputs.front(),
      .condition = calc == nullptr ? nullptr : calc->condition,
      .expressions = calc == nullptr ? ColumnReferences(below->output) : calc->projections};
}

absl::Status UsedTooEarly(const char* where) {
  return absl::UnimplementedError(
      absl::StrCat("window_start, window_end or window_time in ", where,
                   " below the window aggregation is valid Flink SQL, not built yet"));
}

// Builds the columns that enter the WindowAggregate, each distinct expression once.
class InputColumns {
 public:
  int Add(const ExpressionPtr& expression, const std::string& name) {
    for (size_t i = 0; i < expressions_.size(); ++i) {
      if (SameExpression(expressions_[i], expression)) return static_cast<int>(i);
    }
    expressions_.push_back(expression);
    names_.push_back(name);
    return static_cast<int>(expressions_.size()) - 1;
  }

  LogicalPlan Build(LogicalPlan input, ExpressionPtr condition) && {
    return MakeCalc(std::move(input),
                    {.condition = std::move(condition), .projections = std::move(expressions_)},
                    std::move(names_));
  }

 private:
  std::vector<ExpressionPtr> expressions_;
  std::vector<std::string> names_;
};

// The sessions of a window table function are those of its PARTITION BY; the operator makes those
// of its keys.
absl::Status CheckSessions(const Pattern& pattern) {
  if (pattern.tvf.window.kind != WindowKind::kSession || !pattern.tvf.session_keys.has_value()) {
    return absl::OkStatus();
  }
  const std::set<int> partition(pattern.tvf.session_keys->begin(), pattern.tvf.session_keys->end());
  std::set<int> keys;
  bool plain = true;
  for (const int key : pattern.aggregate.keys) {
    const ExpressionPtr& expression = pattern.expressions[key];
    if (pattern.UsesWindow(expression)) continue;
    plain = plain && expression->kind() == ExpressionKind::kColumn;
    CollectColumns(expression, keys);
  }
  if (!plain || keys != partition) {
    return absl::UnimplementedError(
        "SESSION whose PARTITION BY has other columns than GROUP BY has beside the window is valid "
        "Flink SQL, not built yet; give both the same columns");
  }
  // Rows that a condition on other columns takes away still hold a session together.
  std::set<int> used;
  if (pattern.condition != nullptr) CollectColumns(pattern.condition, used);
  if (std::includes(partition.begin(), partition.end(), used.begin(), used.end())) {
    return absl::OkStatus();
  }
  return absl::UnimplementedError(
      "a condition on the rows of SESSION is valid Flink SQL, not built yet; put it into the table "
      "that SESSION reads, if other rows shall not make sessions");
}

// Rows of these windows can be told theirs one by one.
bool CanStandAlone(const LogicalWindowTvf& tvf) {
  return tvf.window.kind != WindowKind::kSession && !tvf.window.processing_time;
}

// Whether the window's bounds are used before the rows are grouped by them: then the rows must have
// them first.
bool UsesWindowsEarly(const Pattern& pattern) {
  if (pattern.condition != nullptr && pattern.UsesWindow(pattern.condition)) return true;
  for (const int key : pattern.aggregate.keys) {
    const ExpressionPtr& expression = pattern.expressions[key];
    if (pattern.UsesWindow(expression) && expression->kind() != ExpressionKind::kColumn) {
      return true;
    }
  }
  for (const AggregateCall& call : pattern.aggregate.calls) {
    for (const std::optional<int>& column : {call.argument, call.filter_column, call.weight}) {
      if (column.has_value() && pattern.UsesWindow(pattern.expressions[*column])) return true;
    }
  }
  return false;
}

absl::StatusOr<LogicalPlan> Fuse(const Pattern& pattern) {
  const Schema& below = pattern.node.input().output;
  if (pattern.condition != nullptr && pattern.UsesWindow(pattern.condition)) {
    return UsedTooEarly("a condition");
  }
  RETURN_IF_ERROR(CheckSessions(pattern));
  InputColumns columns;
  LogicalWindowAggregate fused{.window = pattern.tvf.window};
  // Where each key of the aggregation is found in the fused output: a key, or a window column
  // (counted from the first one, and moved behind keys and calls below).
  struct KeyPlace {
    bool is_window = false;
    int index = 0;
  };
  std::vector<KeyPlace> places;
  for (const int key : pattern.aggregate.keys) {
    const ExpressionPtr& expression = pattern.expressions[key];
    if (!pattern.UsesWindow(expression)) {
      places.push_back({.index = static_cast<int>(fused.keys.size())});
      fused.keys.push_back(columns.Add(expression, below.field(key).name));
    } else if (expression->kind() == ExpressionKind::kColumn) {
      places.push_back(
          {.is_window = true, .index = expression->index() - pattern.first_window_column()});
    } else {
      return UsedTooEarly("an expression");
    }
  }
  std::vector<std::string> call_names;
  for (AggregateCall call : pattern.aggregate.calls) {
    for (std::optional<int>* column : {&call.argument, &call.filter_column, &call.weight}) {
      if (!column->has_value()) continue;
      const ExpressionPtr& expression = pattern.expressions[**column];
      if (pattern.UsesWindow(expression)) return UsedTooEarly("an aggregate function");
      *column = columns.Add(expression, below.field(**column).name);
    }
    const size_t output = pattern.aggregate.keys.size() + call_names.size();
    call_names.push_back(pattern.node.output.field(static_cast<int>(output)).name);
    fused.calls.push_back(std::move(call));
  }
  const Field& time = pattern.input->output.field(fused.window.time_column);
  fused.window.time_column =
      columns.Add(Expression::Column(fused.window.time_column, time.type), time.name);

  const int key_count = static_cast<int>(fused.keys.size());
  const int call_count = static_cast<int>(fused.calls.size());
  LogicalPlan window_aggregate =
      MakeWindowAggregate(std::move(columns).Build(pattern.input, pattern.condition),
                          std::move(fused), std::move(call_names));
  std::vector<ExpressionPtr> output;
  const auto add = [&](int index) {
    output.push_back(Expression::Column(index, window_aggregate->output.field(index).type));
  };
  for (const KeyPlace& place : places) {
    add(place.is_window ? key_count + call_count + place.index : place.index);
  }
  for (int i = 0; i < call_count; ++i) add(key_count + i);
  return MakeCalc(std::move(window_aggregate), {.projections = std::move(output)},
                  ColumnNames(pattern.node.output));
}

// The key that has `role`: the first one of several. REQUIRES: there is one.
int KeyWithRole(const LogicalNode& node, const LogicalAggregate& aggregate, TimeRole role) {
  return *std::find_if(aggregate.keys.begin(), aggregate.keys.end(),
                       [&](int key) { return node.input().roles[key] == role; });
}

bool HasRole(const LogicalNode& input, const LogicalAggregate& aggregate, TimeRole role) {
  return std::any_of(aggregate.keys.begin(), aggregate.keys.end(),
                     [&](int key) { return input.roles[key] == role; });
}

// An aggregation of results of windows by their window. `input` is the node's, rewritten.
LogicalPlan FuseAttached(const LogicalNode& node, const LogicalAggregate& aggregate,
                         LogicalPlan input) {
  const int start = KeyWithRole(node, aggregate, TimeRole::kWindowStart);
  const int end = KeyWithRole(node, aggregate, TimeRole::kWindowEnd);
  LogicalWindowAggregate fused{
      .window = {.kind = WindowKind::kAttached, .time_column = end, .start_column = start},
      .calls = aggregate.calls};
  for (const int key : aggregate.keys) {
    if (key != start && key != end) fused.keys.push_back(key);
  }
  const int key_count = static_cast<int>(aggregate.keys.size());
  std::vector<std::string> call_names;
  for (int i = key_count; i < node.output.size(); ++i) {
    call_names.push_back(node.output.field(i).name);
  }
  const int first_call = static_cast<int>(fused.keys.size());
  const int first_window = first_call + static_cast<int>(call_names.size());
  std::vector<int> places;
  int next_key = 0;
  for (const int key : aggregate.keys) {
    places.push_back(key == start ? first_window : key == end ? first_window + 1 : next_key++);
  }
  for (int i = first_call; i < first_window; ++i) places.push_back(i);

  LogicalPlan windows =
      MakeWindowAggregate(std::move(input), std::move(fused), std::move(call_names));
  std::vector<ExpressionPtr> output;
  for (const int place : places) {
    output.push_back(Expression::Column(place, windows->output.field(place).type));
  }
  return MakeCalc(std::move(windows), {.projections = std::move(output)}, ColumnNames(node.output));
}

}  // namespace

absl::StatusOr<LogicalPlan> FuseWindowAggregates(const LogicalPlan& plan) {
  if (const std::optional<Pattern> pattern = Match(*plan);
      pattern.has_value() && !(UsesWindowsEarly(*pattern) && CanStandAlone(pattern->tvf))) {
    Pattern rewritten = *pattern;
    ASSIGN_OR_RETURN(rewritten.input, FuseWindowAggregates(pattern->input));
    return Fuse(rewritten);
  }
  const auto* tvf = std::get_if<LogicalWindowTvf>(&plan->spec);
  if (tvf != nullptr && !CanStandAlone(*tvf)) {
    return absl::UnimplementedError(absl::StrCat(
        tvf->window.kind == WindowKind::kSession ? "SESSION" : "a window of processing time",
        " whose rows are not grouped by window_start and window_end is valid Flink SQL, not built "
        "yet"));
  }
  std::vector<LogicalPlan> inputs;
  for (const LogicalPlan& input : plan->inputs) {
    ASSIGN_OR_RETURN(inputs.emplace_back(), FuseWindowAggregates(input));
  }
  const auto* aggregate = std::get_if<LogicalAggregate>(&plan->spec);
  if (aggregate != nullptr && GroupsWindows(*aggregate, plan->input())) {
    if (!HasRole(plan->input(), *aggregate, TimeRole::kWindowStart)) {
      return absl::UnimplementedError(
          "grouping the results of processing-time windows by their window once more is valid "
          "Flink SQL, not built yet");
    }
    return FuseAttached(*plan, *aggregate, std::move(inputs.front()));
  }
  return WithInputs(*plan, std::move(inputs));
}

}  // namespace millrace
