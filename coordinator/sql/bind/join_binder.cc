#include "coordinator/sql/bind/join_binder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/plan_text.h"
#include "coordinator/sql/bind/window_origin.h"

namespace millrace {
namespace {

constexpr const char* kWindowHint =
    "rows of one window can be joined: ON l.window_start = r.window_start AND l.window_end = "
    "r.window_end AND ...";

// The columns of `role`, one of each input, that a condition equates.
struct EquatedColumns {
  int left = 0;
  int right = 0;
};

std::optional<EquatedColumns> FindEquated(const std::vector<ExpressionPtr>& conjuncts,
                                          TimeRole role, const LogicalNode& left,
                                          const LogicalNode& right) {
  const int left_columns = left.output.size();
  const auto has_role = [&](int column) {
    return (column < left_columns ? left.roles[column] : right.roles[column - left_columns]) ==
           role;
  };
  for (const ExpressionPtr& conjunct : conjuncts) {
    if (conjunct->kind() != ExpressionKind::kCall || conjunct->function() != "equals") continue;
    const Expression& a = *conjunct->arguments()[0];
    const Expression& b = *conjunct->arguments()[1];
    if (a.kind() != ExpressionKind::kColumn || b.kind() != ExpressionKind::kColumn) continue;
    if (!has_role(a.index()) || !has_role(b.index())) continue;
    if ((a.index() < left_columns) == (b.index() < left_columns)) continue;
    return EquatedColumns{.left = std::min(a.index(), b.index()),
                          .right = std::max(a.index(), b.index()) - left_columns};
  }
  return std::nullopt;
}

std::string DescribeWindow(const WindowSpec& window) {
  switch (window.kind) {
    case WindowKind::kTumble:
      return absl::StrCat("TUMBLE of ", DurationText(window.size_ms));
    case WindowKind::kHop:
      return absl::StrCat("HOP of ", DurationText(window.size_ms), " every ",
                          DurationText(window.slide_ms));
    case WindowKind::kCumulate:
      return absl::StrCat("CUMULATE up to ", DurationText(window.size_ms), " by ",
                          DurationText(window.slide_ms));
    case WindowKind::kSession:
      return absl::StrCat("SESSION with a gap of ", DurationText(window.size_ms));
    case WindowKind::kAttached:
      break;
  }
  return "others";
}

bool HasNoCondition(const LogicalNode& node) {
  const auto* join = std::get_if<LogicalJoin>(&node.spec);
  return join != nullptr && IsBool(join->condition, true);
}

// Reports a name that tables of both inputs have: columns of the second one could not be named.
bool CheckTableNames(const Scope& left, const Scope& right, SourceSpan span, DiagnosticLog& log) {
  for (const ScopeTable& table : right.tables()) {
    if (table.path.empty()) continue;
    const std::string& name = table.path.back();
    const bool taken = std::any_of(
        left.tables().begin(), left.tables().end(),
        [&](const ScopeTable& other) { return !other.path.empty() && other.path.back() == name; });
    if (!taken) continue;
    log.Error(span, bind_code::kAmbiguousColumn,
              absl::StrCat("two tables of FROM are called '", name, "'"),
              "give one of them another name with AS");
    return false;
  }
  return true;
}

JoinType TypeOf(JoinKind kind) {
  switch (kind) {
    case JoinKind::kLeft:
      return JoinType::kLeft;
    case JoinKind::kRight:
      return JoinType::kRight;
    case JoinKind::kFull:
      return JoinType::kFull;
    case JoinKind::kInner:
    case JoinKind::kCross:
      break;
  }
  return JoinType::kInner;
}

}  // namespace

bool CheckJoinsWindows(const ExpressionPtr& condition, const LogicalNode& left,
                       const LogicalNode& right, SourceSpan span, std::string_view what,
                       DiagnosticLog& log) {
  const std::vector<ExpressionPtr> conjuncts = Conjuncts(condition);
  const auto starts = FindEquated(conjuncts, TimeRole::kWindowStart, left, right);
  const auto ends = FindEquated(conjuncts, TimeRole::kWindowEnd, left, right);
  if (!starts.has_value() || !ends.has_value()) {
    log.NotBuilt(span, what, kWindowHint);
    return false;
  }
  const WindowSpec* const left_window = WindowOf(left, ends->left);
  const WindowSpec* const right_window = WindowOf(right, ends->right);
  if (left_window == nullptr || right_window == nullptr) {
    log.NotBuilt(span, what, kWindowHint);
    return false;
  }
  if (AreSameWindows(*left_window, *right_window)) return true;
  log.Error(span, bind_code::kWrongWindow,
            absl::StrCat("a join takes windows of one kind, the left ones are ",
                         DescribeWindow(*left_window), " and the right ones ",
                         DescribeWindow(*right_window)));
  return false;
}

std::optional<Relation> BindJoin(const JoinedTable& join, SourceSpan span, QueryContext& context) {
  // What is wrong in one input is worth saying beside what is wrong in the other.
  std::optional<Relation> left = BindFrom(*join.left, context);
  std::optional<Relation> right = BindFrom(*join.right, context);
  if (join.natural || !join.using_columns.empty()) {
    context.log.NotBuilt(span, join.natural ? "NATURAL JOIN" : "JOIN ... USING", kWindowHint);
    return std::nullopt;
  }
  if (!left.has_value() || !right.has_value()) return std::nullopt;
  if (!CheckTableNames(left->scope, right->scope, join.right->span, context.log)) {
    return std::nullopt;
  }
  if (HasNoCondition(*left->plan) || HasNoCondition(*right->plan)) {
    context.log.NotBuilt(span, "a join of more than two tables without ON", kWindowHint);
    return std::nullopt;
  }
  Relation joined{.scope = left->scope};
  joined.scope.Append(right->scope);
  ExpressionPtr condition = Expression::Bool(true);
  if (join.on != nullptr) {
    condition = ExpressionBinder({.scope = &joined.scope, .log = &context.log, .clause = "ON"})
                    .BindCondition(*join.on);
    if (condition == nullptr) return std::nullopt;
    if (!CheckJoinsWindows(condition, *left->plan, *right->plan, span, "a join", context.log)) {
      return std::nullopt;
    }
  }
  const JoinType type = TypeOf(join.kind);
  joined.plan =
      MakeJoin(left->plan, right->plan, {.type = type, .condition = std::move(condition)});
  joined.scope.SetTypes(joined.plan->output);
  return joined;
}

bool JoinByWhere(ExpressionPtr& condition, SourceSpan from, Relation& relation,
                 QueryContext& context) {
  if (!HasNoCondition(*relation.plan)) return true;
  const LogicalNode& join = *relation.plan;
  const ExpressionPtr joining = condition == nullptr ? Expression::Bool(true) : condition;
  if (!CheckJoinsWindows(joining, *join.inputs[0], *join.inputs[1], from, "a join", context.log)) {
    return false;
  }
  relation.plan = MakeJoin(join.inputs[0], join.inputs[1], {.condition = joining});
  condition = nullptr;
  return true;
}

}  // namespace millrace
