#include "coordinator/sql/optimize/extreme_fusion.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/optimize/same_plan.h"

namespace millrace {
namespace {

// Where the columns of a node come from, below what only picks columns.
struct Origin {
  const LogicalNode* base = nullptr;
  std::vector<int> columns;  // Of the base; -1: computed.
};

Origin OriginOf(const LogicalNode& node) {
  Origin origin{.base = &node, .columns = std::vector<int>(node.output.size())};
  for (int i = 0; i < node.output.size(); ++i) origin.columns[i] = i;
  for (const LogicalCalc* calc = std::get_if<LogicalCalc>(&node.spec);
       calc != nullptr && calc->condition == nullptr;
       calc = std::get_if<LogicalCalc>(&origin.base->spec)) {
    for (int& column : origin.columns) {
      if (column < 0) continue;
      const Expression& projection = *calc->projections[column];
      column = projection.kind() == ExpressionKind::kColumn ? projection.index() : -1;
    }
    origin.base = &origin.base->input();
  }
  return origin;
}

void Flatten(const ExpressionPtr& condition, std::vector<ExpressionPtr>& conjuncts) {
  if (condition->kind() != ExpressionKind::kCall || condition->function() != "and") {
    conjuncts.push_back(condition);
    return;
  }
  for (const ExpressionPtr& argument : condition->arguments()) Flatten(argument, conjuncts);
}

// Input `side` of the join has the rows, the other one the extremes of their windows.
class ExtremeJoin {
 public:
  ExtremeJoin(const LogicalNode& join, size_t side)
      : join_(join),
        rows_plan_(join.inputs[side]),
        rows_(OriginOf(*join.inputs[side])),
        extremes_(OriginOf(*join.inputs[1 - side])),
        first_row_column_(side == 0 ? 0 : join.inputs[0]->output.size()) {}

  // Null if the join is of another form.
  LogicalPlan Fuse() {
    if (!FindWindows()) return nullptr;
    std::vector<ExpressionPtr> conjuncts;
    Flatten(std::get<LogicalJoin>(join_.spec).condition, conjuncts);
    for (const ExpressionPtr& conjunct : conjuncts) {
      if (!Read(*conjunct)) return nullptr;
    }
    if (!start_.has_value() || !end_.has_value() || !value_.has_value()) return nullptr;
    return Rewrite();
  }

 private:
  // Both sides are made of the same results of windows.
  bool FindWindows() {
    windows_ = std::get_if<LogicalWindowAggregate>(&extremes_.base->spec);
    if (windows_ == nullptr || windows_->window.kind != WindowKind::kAttached ||
        !windows_->keys.empty() || windows_->rows_of_extreme) {
      return false;
    }
    inner_ = OriginOf(extremes_.base->input());
    return SamePlan(*rows_.base, *inner_.base);
  }

  bool IsRowColumn(int column) const {
    return column >= first_row_column_ && column < first_row_column_ + rows_plan_->output.size();
  }
  int RowColumn(int column) const { return column - first_row_column_; }
  // A column of the join as one of the aggregation that has the extremes.
  int ExtremeColumn(int column) const {
    const int first = first_row_column_ == 0 ? rows_plan_->output.size() : 0;
    return extremes_.columns[column - first];
  }

  // One conjunct: a comparison of a column of the rows with one of the extremes.
  bool Read(const Expression& conjunct) {
    if (conjunct.kind() != ExpressionKind::kCall || conjunct.arguments().size() != 2) return false;
    const Expression& a = *conjunct.arguments()[0];
    const Expression& b = *conjunct.arguments()[1];
    if (a.kind() != ExpressionKind::kColumn || b.kind() != ExpressionKind::kColumn) return false;
    const bool row_first = IsRowColumn(a.index());
    if (row_first == IsRowColumn(b.index())) return false;
    const int row = RowColumn(row_first ? a.index() : b.index());
    const int extreme = ExtremeColumn(row_first ? b.index() : a.index());
    const int calls = static_cast<int>(windows_->calls.size());
    const bool equal = conjunct.function() == "equals";
    if (extreme == calls) return equal && Match(row, windows_->window.start_column, start_);
    if (extreme == calls + 1) return equal && Match(row, windows_->window.time_column, end_);
    if (extreme < 0 || extreme > calls) return false;
    const AggregateCall& call = windows_->calls[extreme];
    if (call_.has_value() && call_ != extreme) return false;
    call_ = extreme;
    return !call.filter_column.has_value() && call.argument.has_value() &&
           IsReachedBy(call.function, conjunct.function(), row_first) &&
           Match(row, *call.argument, value_);
  }

  // Whether the comparison holds for exactly the rows that have the extreme.
  static bool IsReachedBy(AggregateFunction extreme, const std::string& comparison,
                          bool row_first) {
    if (extreme != AggregateFunction::kMax && extreme != AggregateFunction::kMin) return false;
    if (comparison == "equals") return true;
    const bool at_least = (extreme == AggregateFunction::kMax) == row_first;
    return comparison == (at_least ? "greater_than_or_equal" : "less_than_or_equal");
  }

  // Column `row` of the rows is what column `inner` of the aggregation's input is.
  bool Match(int row, int inner, std::optional<int>& found) const {
    const int column = inner_.columns[inner];
    if (column < 0 || rows_.columns[row] != column) return false;
    found = row;
    return true;
  }

  LogicalPlan Rewrite() const {
    const AggregateCall& call = windows_->calls[*call_];
    LogicalWindowAggregate extreme{
        .window = {.kind = WindowKind::kAttached, .time_column = *end_, .start_column = *start_},
        .calls = {{.function = call.function,
                   .argument = *value_,
                   .result_type = rows_plan_->output.field(*value_).type}},
        .rows_of_extreme = true};
    std::vector<ExpressionPtr> columns;
    for (int i = 0; i < join_.output.size(); ++i) {
      const std::optional<int> row = IsRowColumn(i) ? RowColumn(i) : RowOfExtreme(ExtremeColumn(i));
      if (!row.has_value()) return nullptr;
      columns.push_back(Expression::Column(*row, rows_plan_->output.field(*row).type));
    }
    return MakeCalc(MakeWindowAggregate(rows_plan_, std::move(extreme), {}),
                    {.projections = std::move(columns)}, ColumnNames(join_.output));
  }

  std::optional<int> RowOfExtreme(int extreme) const {
    const int calls = static_cast<int>(windows_->calls.size());
    if (extreme == *call_) return value_;
    if (extreme == calls) return start_;
    return extreme == calls + 1 ? end_ : std::nullopt;
  }

  const LogicalNode& join_;
  const LogicalPlan& rows_plan_;
  const Origin rows_;
  const Origin extremes_;
  const int first_row_column_;  // Of the rows, in the join.

  const LogicalWindowAggregate* windows_ = nullptr;  // Which has the extremes.
  Origin inner_;                                     // Of its input.
  std::optional<int> start_;                         // Columns of the rows.
  std::optional<int> end_;
  std::optional<int> value_;
  std::optional<int> call_;  // Of windows_.
};

}  // namespace

LogicalPlan FuseExtremes(const LogicalPlan& plan) {
  std::vector<LogicalPlan> inputs;
  for (const LogicalPlan& input : plan->inputs) inputs.push_back(FuseExtremes(input));
  LogicalPlan rewritten = WithInputs(*plan, std::move(inputs));
  const auto* join = std::get_if<LogicalJoin>(&plan->spec);
  if (join == nullptr || join->type != JoinType::kInner) return rewritten;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    LogicalPlan fused = ExtremeJoin(*rewritten, side).Fuse();
    if (fused != nullptr) return fused;
  }
  return rewritten;
}

}  // namespace millrace
