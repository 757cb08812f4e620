#include "coordinator/sql/optimize/expand_pushdown.h"

#include <algorithm>
#include <set>
#include <utility>

#include "coordinator/sql/bind/expression_rewrite.h"

namespace millrace {
namespace {

struct Pattern {
  const LogicalNode& node;
  const LogicalExpand& expand;
  const LogicalCalc& calc;
  const LogicalWindowTvf& tvf;
  LogicalPlan input;    // Of the window table function.
  std::set<int> nulls;  // Columns of the calculation that a set makes NULL.

  bool UsesWindow(const ExpressionPtr& expression) const {
    std::set<int> columns;
    CollectColumns(expression, columns);
    return !columns.empty() && *columns.rbegin() >= input->output.size();
  }
  bool MayMove() const {
    if (calc.condition != nullptr && UsesWindow(calc.condition)) return false;
    return std::none_of(nulls.begin(), nulls.end(),
                        [this](int column) { return UsesWindow(calc.projections[column]); });
  }
};

LogicalPlan Move(const Pattern& pattern) {
  const Schema& rows = pattern.input->output;
  const int width = rows.size();
  // The rows, and behind them the keys that become NULL, once more.
  LogicalCalc below{.condition = pattern.calc.condition, .projections = ColumnReferences(rows)};
  std::vector<std::string> names = ColumnNames(rows);
  for (const int column : pattern.nulls) {
    below.projections.push_back(pattern.calc.projections[column]);
    names.push_back(pattern.node.output.field(column).name);
  }
  const auto place_of = [&](int column) {
    return width +
           static_cast<int>(std::distance(pattern.nulls.begin(), pattern.nulls.find(column)));
  };
  LogicalExpand expand = pattern.expand;
  for (ExpandSpec::Set& set : expand.sets) {
    for (int& column : set.null_columns) column = place_of(column);
  }
  LogicalPlan expanded =
      MakeExpand(MakeCalc(pattern.input, std::move(below), std::move(names)), std::move(expand));
  const int first_window = expanded->output.size();
  LogicalPlan windows = MakeWindowTvf(std::move(expanded), pattern.tvf);

  std::vector<int> moved(static_cast<size_t>(width) + 3);
  for (int i = 0; i < width; ++i) moved[i] = i;
  for (int i = 0; i < 3; ++i) moved[width + i] = first_window + i;
  std::vector<ExpressionPtr> columns;
  const auto add_column = [&](int column) {
    columns.push_back(Expression::Column(column, windows->output.field(column).type));
  };
  for (int i = 0; i < static_cast<int>(pattern.calc.projections.size()); ++i) {
    if (pattern.nulls.count(i) > 0) {
      add_column(place_of(i));
    } else {
      columns.push_back(RemapColumns(pattern.calc.projections[i], moved));
    }
  }
  add_column(first_window - 1);  // The id.
  return MakeCalc(std::move(windows), {.projections = std::move(columns)},
                  ColumnNames(pattern.node.output));
}

}  // namespace

LogicalPlan PushExpandsBelowWindows(const LogicalPlan& plan) {
  std::vector<LogicalPlan> inputs;
  for (const LogicalPlan& input : plan->inputs) inputs.push_back(PushExpandsBelowWindows(input));
  LogicalPlan rewritten = WithInputs(*plan, std::move(inputs));
  const auto* expand = std::get_if<LogicalExpand>(&rewritten->spec);
  if (expand == nullptr) return rewritten;
  const auto* calc = std::get_if<LogicalCalc>(&rewritten->input().spec);
  if (calc == nullptr) return rewritten;
  const LogicalNode& below = rewritten->input().input();
  const auto* tvf = std::get_if<LogicalWindowTvf>(&below.spec);
  if (tvf == nullptr) return rewritten;
  Pattern pattern{.node = *rewritten,
                  .expand = *expand,
                  .calc = *calc,
                  .tvf = *tvf,
                  .input = below.inputs.front()};
  for (const ExpandSpec::Set& set : expand->sets) {
    pattern.nulls.insert(set.null_columns.begin(), set.null_columns.end());
  }
  return pattern.MayMove() ? Move(pattern) : rewritten;
}

}  // namespace millrace
