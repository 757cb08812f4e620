#include "coordinator/sql/optimize/window_join_fusion.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/window_origin.h"
#include "coordinator/sql/optimize/expression_traits.h"

namespace millrace {
namespace {

bool HoldsMap(const DataType& type) {
  return type.kind() == TypeKind::kMap ||
         std::any_of(type.children().begin(), type.children().end(), HoldsMap);
}

// One input of a join on its way to be one of a WindowJoin.
struct Side {
  LogicalPlan input;
  int first = 0;                           // Of its columns, in the join.
  ExpressionPtr condition;                 // Below the join; null: none.
  std::vector<ExpressionPtr> expressions;  // Its columns, then keys that are none of them.
  std::vector<std::string> names;
  std::optional<int> start;
  std::optional<int> end;
  std::vector<int> keys;

  bool Has(int column) const { return column >= first && column < first + input->output.size(); }
  bool HasAll(const ExpressionPtr& expression) const {
    std::set<int> columns;
    CollectColumns(expression, columns);
    return std::all_of(columns.begin(), columns.end(), [&](int column) { return Has(column); });
  }
  // `expression`, over the join's columns, over the input's.
  ExpressionPtr Own(const ExpressionPtr& expression) const {
    return ReplaceColumns(expression, [&](const ExpressionPtr& column) {
      return Expression::Column(column->index() - first, column->type());
    });
  }
  int Place(const ExpressionPtr& expression) {
    const ExpressionPtr own = Own(expression);
    for (size_t i = 0; i < expressions.size(); ++i) {
      if (SameExpression(expressions[i], own)) return static_cast<int>(i);
    }
    names.push_back(absl::StrCat("$f", expressions.size()));
    expressions.push_back(own);
    return static_cast<int>(expressions.size()) - 1;
  }
  LogicalPlan Build() const {
    const bool same = static_cast<int>(expressions.size()) == input->output.size();
    if (same && condition == nullptr) return input;
    return MakeCalc(input, {.condition = condition, .projections = expressions}, names);
  }
};

class WindowJoinFusion {
 public:
  explicit WindowJoinFusion(const LogicalNode& node)
      : node_(node),
        join_(std::get<LogicalJoin>(node.spec)),
        left_(SideOf(node.inputs[0], 0)),
        right_(SideOf(node.inputs[1], node.inputs[0]->output.size())) {}

  absl::StatusOr<LogicalPlan> Fuse() {
    for (const ExpressionPtr& conjunct : Conjuncts(join_.condition)) Take(conjunct);
    if (!left_.start.has_value() || !left_.end.has_value()) {
      return absl::UnimplementedError(
          "a join whose rows are not of one window is valid Flink SQL, not built yet");
    }
    RETURN_IF_ERROR(CheckColumns());
    const LogicalPlan left = left_.Build();
    const LogicalPlan right = right_.Build();
    LogicalWindowJoin fused{
        .type = join_.type, .left = SpecOf(left_, *left), .right = SpecOf(right_, *right)};
    if (fused.left.window.time_zone != fused.right.window.time_zone) {
      return absl::UnimplementedError(
          "a join of windows over a TIMESTAMP with windows over a TIMESTAMP_LTZ, which end at "
          "other instants in the session's time zone, is valid Flink SQL, not built yet; give both "
          "time attributes one type");
    }
    // Keys may have come between the columns of the left input and those of the right one.
    const int added = left->output.size() - node_.inputs[0]->output.size();
    if (condition_ != nullptr) {
      fused.condition = ReplaceColumns(condition_, [&](const ExpressionPtr& column) {
        const int moved = column->index() + (left_.Has(column->index()) ? 0 : added);
        return Expression::Column(moved, column->type());
      });
    }
    const LogicalPlan joined = MakeWindowJoin(left, right, std::move(fused));
    std::vector<ExpressionPtr> columns;
    for (int i = 0; i < node_.output.size(); ++i) {
      columns.push_back(
          Expression::Column(i + (left_.Has(i) ? 0 : added), node_.output.field(i).type));
    }
    return MakeCalc(joined, {.projections = std::move(columns)}, ColumnNames(node_.output));
  }

 private:
  static Side SideOf(const LogicalPlan& input, int first) {
    return {.input = input,
            .first = first,
            .expressions = ColumnReferences(input->output),
            .names = ColumnNames(input->output)};
  }

  // One conjunct: bounds of the windows, a key, a condition on one input, or the join's own.
  void Take(const ExpressionPtr& conjunct) {
    if (IsBool(conjunct, true)) return;
    if (TakeBound(*conjunct, TimeRole::kWindowStart, left_.start, right_.start)) return;
    if (TakeBound(*conjunct, TimeRole::kWindowEnd, left_.end, right_.end)) return;
    if (!IsDeterministic(conjunct) || MayFail(conjunct)) {
      condition_ = Conjunction(std::move(condition_), conjunct);
      return;
    }
    if (TakeKey(*conjunct) || Sink(conjunct)) return;
    condition_ = Conjunction(std::move(condition_), conjunct);
  }

  static bool IsEquality(const Expression& conjunct) {
    return conjunct.kind() == ExpressionKind::kCall && conjunct.function() == "equals";
  }

  // The first equality of two bounds of this role.
  bool TakeBound(const Expression& conjunct, TimeRole role, std::optional<int>& left,
                 std::optional<int>& right) const {
    if (!IsEquality(conjunct) || left.has_value()) return false;
    ExpressionPtr a = conjunct.arguments()[0];
    ExpressionPtr b = conjunct.arguments()[1];
    if (a->kind() != ExpressionKind::kColumn || b->kind() != ExpressionKind::kColumn) return false;
    if (!left_.Has(a->index())) std::swap(a, b);
    if (!left_.Has(a->index()) || !right_.Has(b->index())) return false;
    const int of_left = a->index();
    const int of_right = b->index() - right_.first;
    if (left_.input->roles[of_left] != role || right_.input->roles[of_right] != role) return false;
    left = of_left;
    right = of_right;
    return true;
  }

  bool TakeKey(const Expression& conjunct) {
    if (!IsEquality(conjunct)) return false;
    ExpressionPtr a = conjunct.arguments()[0];
    ExpressionPtr b = conjunct.arguments()[1];
    if (!left_.HasAll(a)) std::swap(a, b);
    std::set<int> columns;
    CollectColumns(a, columns);
    CollectColumns(b, columns);
    const bool of_both = !columns.empty() && left_.Has(*columns.begin()) &&
                         right_.Has(*columns.rbegin()) && left_.HasAll(a) && right_.HasAll(b);
    if (!of_both || a->type().WithNullable(true) != b->type().WithNullable(true)) return false;
    if (HoldsMap(a->type())) return false;
    left_.keys.push_back(left_.Place(a));
    right_.keys.push_back(right_.Place(b));
    return true;
  }

  // Below the join, if no row that comes out without a partner is lost by that.
  bool Sink(const ExpressionPtr& conjunct) {
    const JoinType type = join_.type;
    const bool below_left =
        type == JoinType::kInner || type == JoinType::kRight || type == JoinType::kSemi;
    const bool below_right = !KeepsRight(type);
    for (Side* side : {&left_, &right_}) {
      if (!(side == &left_ ? below_left : below_right) || !side->HasAll(conjunct)) continue;
      side->condition = Conjunction(std::move(side->condition), side->Own(conjunct));
      return true;
    }
    return false;
  }

  absl::Status CheckColumns() const {
    for (const Side* side : {&left_, &right_}) {
      for (const Field& field : side->input->output.fields()) {
        if (!HoldsMap(field.type)) continue;
        return absl::UnimplementedError(
            absl::StrCat("a join of windows with the column '", field.name,
                         "', a MAP, is valid Flink SQL, not built yet"));
      }
    }
    return absl::OkStatus();
  }

  static WindowJoinSpec::Side SpecOf(const Side& side, const LogicalNode& plan) {
    WindowJoinSpec::Side spec{.window = {.kind = WindowKind::kAttached,
                                         .time_column = *side.end,
                                         .start_column = *side.start},
                              .key_columns = side.keys};
    const WindowSpec* const origin = WindowOf(plan, *side.end);
    if (origin != nullptr) spec.window.time_zone = origin->time_zone;
    return spec;
  }

  const LogicalNode& node_;
  const LogicalJoin& join_;
  Side left_;
  Side right_;
  ExpressionPtr condition_;  // Over the columns of both inputs, as they were.
};

}  // namespace

absl::StatusOr<LogicalPlan> FuseWindowJoins(const LogicalPlan& plan) {
  std::vector<LogicalPlan> inputs;
  for (const LogicalPlan& input : plan->inputs) {
    ASSIGN_OR_RETURN(inputs.emplace_back(), FuseWindowJoins(input));
  }
  const LogicalPlan rewritten = WithInputs(*plan, std::move(inputs));
  if (!std::holds_alternative<LogicalJoin>(rewritten->spec)) return rewritten;
  return WindowJoinFusion(*rewritten).Fuse();
}

}  // namespace millrace
