#include "coordinator/sql/optimize/constant_folding.h"

#include <algorithm>
#include <utility>

#include "common/expr/evaluator.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/optimize/expression_traits.h"

namespace millrace {
namespace {

// x AND TRUE is x, x AND FALSE is FALSE (also for a NULL x); OR likewise with the values swapped.
ExpressionPtr SimplifyLogic(const ExpressionPtr& call) {
  const bool is_and = call->function() == "and";
  std::vector<ExpressionPtr> kept;
  for (const ExpressionPtr& argument : call->arguments()) {
    if (IsBool(argument, !is_and)) return argument;
    if (!IsBool(argument, is_and)) kept.push_back(argument);
  }
  if (kept.size() == call->arguments().size()) return call;
  if (kept.empty()) return Expression::Bool(is_and);
  if (kept.size() == 1) return kept.front();
  return Expression::Call(call->function(), std::move(kept), call->type());
}

std::vector<ExpressionPtr> FoldAll(const std::vector<ExpressionPtr>& expressions) {
  std::vector<ExpressionPtr> folded;
  for (const ExpressionPtr& expression : expressions) folded.push_back(FoldConstants(expression));
  return folded;
}

LogicalPlan FoldNode(const LogicalNode& node, std::vector<LogicalPlan> inputs) {
  if (const auto* filter = std::get_if<LogicalFilter>(&node.spec)) {
    ExpressionPtr condition = FoldConstants(filter->condition);
    if (IsBool(condition, true)) return inputs.front();
    return MakeFilter(std::move(inputs.front()), std::move(condition));
  }
  if (const auto* project = std::get_if<LogicalProject>(&node.spec)) {
    return MakeProject(std::move(inputs.front()), FoldAll(project->expressions),
                       ColumnNames(node.output));
  }
  if (const auto* calc = std::get_if<LogicalCalc>(&node.spec)) {
    LogicalCalc folded{.projections = FoldAll(calc->projections)};
    if (calc->condition != nullptr) folded.condition = FoldConstants(calc->condition);
    if (folded.condition != nullptr && IsBool(folded.condition, true)) folded.condition = nullptr;
    return MakeCalc(std::move(inputs.front()), std::move(folded), ColumnNames(node.output));
  }
  return WithInputs(node, std::move(inputs));
}

}  // namespace

ExpressionPtr FoldConstants(const ExpressionPtr& expression) {
  if (expression->arguments().empty() && expression->kind() != ExpressionKind::kCall) {
    return expression;
  }
  std::vector<ExpressionPtr> arguments = FoldAll(expression->arguments());
  const bool constant = std::all_of(arguments.begin(), arguments.end(), IsLiteral);
  ExpressionPtr folded =
      expression->kind() == ExpressionKind::kField
          ? Expression::Field(std::move(arguments.front()), expression->index())
          : Expression::Call(expression->function(), std::move(arguments), expression->type());
  if (constant && IsDeterministic(folded)) {
    auto value = EvaluateConstant(folded);
    return value.ok() ? Expression::Literal(folded->type(), *std::move(value)) : folded;
  }
  const bool is_logic = folded->kind() == ExpressionKind::kCall &&
                        (folded->function() == "and" || folded->function() == "or");
  return is_logic ? SimplifyLogic(folded) : folded;
}

LogicalPlan FoldConstants(const LogicalPlan& plan) {
  std::vector<LogicalPlan> inputs;
  for (const LogicalPlan& input : plan->inputs) inputs.push_back(FoldConstants(input));
  return FoldNode(*plan, std::move(inputs));
}

}  // namespace millrace
