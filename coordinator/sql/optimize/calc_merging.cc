#include "coordinator/sql/optimize/calc_merging.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/optimize/expression_traits.h"

namespace millrace {
namespace {

// Merging repeats a lower expression at every use of it; over several levels that multiplies.
constexpr size_t kMostNodes = 10'000;

size_t MergedSize(const ExpressionPtr& expression, const std::vector<size_t>& lower_sizes) {
  if (expression->kind() == ExpressionKind::kColumn) return lower_sizes[expression->index()];
  size_t size = 1;
  for (const ExpressionPtr& argument : expression->arguments()) {
    size += MergedSize(argument, lower_sizes);
  }
  return size;
}

bool StaysSmall(const LogicalCalc& upper, const LogicalCalc& lower) {
  std::vector<size_t> sizes;
  size_t written = 0;
  for (const ExpressionPtr& projection : lower.projections) {
    sizes.push_back(CountNodes(projection, std::numeric_limits<size_t>::max()));
    written += sizes.back();
  }
  size_t size = upper.condition == nullptr ? 0 : MergedSize(upper.condition, sizes);
  for (const ExpressionPtr& projection : upper.projections) size += MergedSize(projection, sizes);
  // What is large as written may be copied, not multiplied.
  return size <= std::max(kMostNodes, written);
}

bool MayMerge(const LogicalCalc& upper, const LogicalCalc& lower) {
  std::set<int> used;
  for (const ExpressionPtr& projection : upper.projections) CollectColumns(projection, used);
  if (upper.condition != nullptr) CollectColumns(upper.condition, used);
  for (const int column : used) {
    if (!IsDeterministic(lower.projections[column])) return false;
  }
  if (!StaysSmall(upper, lower)) return false;
  if (upper.condition == nullptr || lower.condition == nullptr) return true;
  return !MayFail(Inline(upper.condition, lower.projections));
}

LogicalPlan MakeMergedCalc(LogicalPlan input, LogicalCalc calc, std::vector<std::string> names) {
  const auto* lower = std::get_if<LogicalCalc>(&input->spec);
  if (lower == nullptr || !MayMerge(calc, *lower)) {
    return MakeCalc(std::move(input), std::move(calc), std::move(names));
  }
  LogicalCalc merged{.condition = lower->condition};
  if (calc.condition != nullptr) {
    merged.condition = Conjunction(lower->condition, Inline(calc.condition, lower->projections));
  }
  for (const ExpressionPtr& projection : calc.projections) {
    merged.projections.push_back(Inline(projection, lower->projections));
  }
  return MakeCalc(input->inputs.front(), std::move(merged), std::move(names));
}

bool IsIdentity(const LogicalNode& node) {
  const auto* calc = std::get_if<LogicalCalc>(&node.spec);
  if (calc == nullptr || calc->condition != nullptr) return false;
  if (!(node.output == node.input().output)) return false;
  for (int i = 0; i < node.output.size(); ++i) {
    const Expression& projection = *calc->projections[i];
    if (projection.kind() != ExpressionKind::kColumn || projection.index() != i) return false;
  }
  return true;
}

}  // namespace

LogicalPlan MergeCalcs(const LogicalPlan& plan) {
  std::vector<LogicalPlan> inputs;
  for (const LogicalPlan& input : plan->inputs) inputs.push_back(MergeCalcs(input));
  std::vector<std::string> names = ColumnNames(plan->output);
  if (const auto* filter = std::get_if<LogicalFilter>(&plan->spec)) {
    std::vector<ExpressionPtr> all = ColumnReferences(inputs.front()->output);
    return MakeMergedCalc(std::move(inputs.front()),
                          {.condition = filter->condition, .projections = std::move(all)},
                          std::move(names));
  }
  if (const auto* project = std::get_if<LogicalProject>(&plan->spec)) {
    return MakeMergedCalc(std::move(inputs.front()), {.projections = project->expressions},
                          std::move(names));
  }
  if (const auto* calc = std::get_if<LogicalCalc>(&plan->spec)) {
    return MakeMergedCalc(std::move(inputs.front()), *calc, std::move(names));
  }
  return WithInputs(*plan, std::move(inputs));
}

LogicalPlan DropIdentityCalcs(const LogicalPlan& plan) {
  if (IsIdentity(*plan)) return DropIdentityCalcs(plan->inputs.front());
  bool changed = false;
  std::vector<LogicalPlan> inputs;
  for (const LogicalPlan& input : plan->inputs) {
    inputs.push_back(DropIdentityCalcs(input));
    changed = changed || inputs.back() != input;
  }
  return changed ? WithInputs(*plan, std::move(inputs)) : plan;
}

}  // namespace millrace
