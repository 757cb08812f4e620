#include "coordinator/sql/optimize/session_zone.h"

#include <map>
#include <utility>
#include <vector>

#include "common/expr/session_zone.h"

namespace millrace {
namespace {

class Localizer {
 public:
  explicit Localizer(const TimeZone& zone) : zone_(zone) {}

  // Shared parts of a plan stay shared.
  LogicalPlan Rewrite(const LogicalPlan& plan) {
    const auto known = known_.find(plan.get());
    if (known != known_.end()) return known->second;
    LogicalNode node = *plan;
    for (LogicalPlan& input : node.inputs) input = Rewrite(input);
    std::visit([&](auto& spec) { Localize(spec, *plan); }, node.spec);
    LogicalPlan rewritten = std::make_shared<const LogicalNode>(std::move(node));
    known_.emplace(plan.get(), rewritten);
    return rewritten;
  }

 private:
  void Localize(LogicalScan& scan, const LogicalNode&) { Localize(scan.watermark); }
  void Localize(LogicalFilter& filter, const LogicalNode&) { Localize(filter.condition); }
  void Localize(LogicalJoin& join, const LogicalNode&) { Localize(join.condition); }
  void Localize(LogicalProject& project, const LogicalNode&) { Localize(project.expressions); }
  void Localize(LogicalCalc& calc, const LogicalNode&) {
    Localize(calc.condition);
    Localize(calc.projections);
  }
  void Localize(LogicalWindowTvf& tvf, const LogicalNode& node) {
    const DataType& time = node.input().output.field(tvf.window.time_column).type;
    if (time.kind() == TypeKind::kTimestampLtz) tvf.window.time_zone = zone_.name();
  }
  // No expressions.
  template <typename Spec>
  void Localize(Spec&, const LogicalNode&) {}

  void Localize(ExpressionPtr& expression) const {
    if (expression != nullptr) expression = InTimeZone(expression, zone_);
  }
  void Localize(std::vector<ExpressionPtr>& expressions) const {
    for (ExpressionPtr& expression : expressions) Localize(expression);
  }

  const TimeZone& zone_;
  std::map<const LogicalNode*, LogicalPlan> known_;
};

}  // namespace

LogicalPlan InTimeZone(const LogicalPlan& plan, const TimeZone& zone) {
  return zone.is_utc() ? plan : Localizer(zone).Rewrite(plan);
}

LogicalPlan SpreadWindowZones(const LogicalPlan& plan) {
  std::vector<LogicalPlan> inputs;
  for (const LogicalPlan& input : plan->inputs) inputs.push_back(SpreadWindowZones(input));
  LogicalNode node = *plan;
  bool changed = inputs != plan->inputs;
  node.inputs = std::move(inputs);
  auto* aggregate = std::get_if<LogicalWindowAggregate>(&node.spec);
  if (aggregate != nullptr && aggregate->window.kind == WindowKind::kAttached) {
    aggregate->window.time_zone = WindowZoneOf(node.input(), aggregate->window.time_column);
    changed = changed || !aggregate->window.time_zone.empty();
  }
  return changed ? std::make_shared<const LogicalNode>(std::move(node)) : plan;
}

std::string WindowZoneOf(const LogicalNode& node, int column) {
  const auto of_expression = [&](const ExpressionPtr& expression) {
    return expression->kind() == ExpressionKind::kColumn
               ? WindowZoneOf(node.input(), expression->index())
               : std::string();
  };
  const auto of_key = [&](const std::vector<int>& keys) {
    return column < static_cast<int>(keys.size()) ? WindowZoneOf(node.input(), keys[column])
                                                  : std::string();
  };
  if (const auto* project = std::get_if<LogicalProject>(&node.spec)) {
    return of_expression(project->expressions[column]);
  }
  if (const auto* calc = std::get_if<LogicalCalc>(&node.spec)) {
    return of_expression(calc->projections[column]);
  }
  if (const auto* aggregate = std::get_if<LogicalAggregate>(&node.spec)) {
    return of_key(aggregate->keys);
  }
  if (const auto* windows = std::get_if<LogicalWindowAggregate>(&node.spec)) {
    if (!windows->rows_of_extreme) {
      const auto first = static_cast<int>(windows->keys.size() + windows->calls.size());
      if (column < first) return of_key(windows->keys);
      return windows->window.kind == WindowKind::kAttached
                 ? WindowZoneOf(node.input(), windows->window.time_column)
                 : windows->window.time_zone;
    }
  }
  if (const auto* tvf = std::get_if<LogicalWindowTvf>(&node.spec)) {
    if (column >= node.input().output.size()) return tvf->window.time_zone;
  }
  // Columns of the inputs, one behind the other.
  for (const LogicalPlan& input : node.inputs) {
    if (column < input->output.size()) return WindowZoneOf(*input, column);
    column -= input->output.size();
  }
  return "";
}

}  // namespace millrace
