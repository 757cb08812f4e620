#include "coordinator/sql/optimize/column_pruning.h"

#include <optional>
#include <set>
#include <utility>

#include "common/base/check.h"
#include "coordinator/sql/bind/expression_rewrite.h"

namespace millrace {
namespace {

// A plan that gives the needed columns, and where each old column is in it now (-1: gone).
struct Pruned {
  LogicalPlan plan;
  std::vector<int> new_index;
};

using Needed = std::set<int>;

Pruned Prune(const LogicalPlan& plan, const Needed& needed);

Needed All(const Schema& schema) {
  Needed all;
  for (int i = 0; i < schema.size(); ++i) all.insert(all.end(), i);
  return all;
}

Pruned Unchanged(LogicalPlan plan) {
  std::vector<int> same(plan->output.size());
  for (size_t i = 0; i < same.size(); ++i) same[i] = static_cast<int>(i);
  return {std::move(plan), std::move(same)};
}

// The needed columns of `plan`, as references.
Pruned Select(const LogicalPlan& plan, const Needed& needed) {
  std::vector<int> new_index(plan->output.size(), -1);
  LogicalCalc calc;
  std::vector<std::string> names;
  for (const int column : needed) {
    new_index[column] = static_cast<int>(calc.projections.size());
    const Field& field = plan->output.field(column);
    calc.projections.push_back(Expression::Column(column, field.type));
    names.push_back(field.name);
  }
  return {MakeCalc(plan, std::move(calc), std::move(names)), std::move(new_index)};
}

Pruned PruneCalc(const LogicalPlan& plan, const LogicalCalc& calc, const Needed& needed) {
  Needed below;
  if (calc.condition != nullptr) CollectColumns(calc.condition, below);
  for (const int column : needed) CollectColumns(calc.projections[column], below);
  const LogicalPlan& input = plan->inputs.front();
  const bool over_scan = std::holds_alternative<LogicalScan>(input->spec);
  const Pruned pruned = over_scan ? Unchanged(input) : Prune(input, below);

  std::vector<int> new_index(plan->output.size(), -1);
  LogicalCalc kept;
  std::vector<std::string> names;
  if (calc.condition != nullptr) kept.condition = RemapColumns(calc.condition, pruned.new_index);
  for (const int column : needed) {
    new_index[column] = static_cast<int>(kept.projections.size());
    kept.projections.push_back(RemapColumns(calc.projections[column], pruned.new_index));
    names.push_back(plan->output.field(column).name);
  }
  return {MakeCalc(pruned.plan, std::move(kept), std::move(names)), std::move(new_index)};
}

Pruned PruneWindowAggregate(const LogicalPlan& plan, const LogicalWindowAggregate& aggregate,
                            const Needed& needed) {
  const int key_count = static_cast<int>(aggregate.keys.size());
  const int call_count = static_cast<int>(aggregate.calls.size());
  LogicalWindowAggregate kept{.window = aggregate.window};
  Needed below(aggregate.keys.begin(), aggregate.keys.end());
  below.insert(aggregate.window.time_column);
  std::vector<int> new_index(plan->output.size(), -1);
  for (int i = 0; i < key_count; ++i) new_index[i] = i;
  std::vector<std::string> names;
  for (int i = 0; i < call_count; ++i) {
    if (needed.count(key_count + i) == 0) continue;
    new_index[key_count + i] = key_count + static_cast<int>(kept.calls.size());
    kept.calls.push_back(aggregate.calls[i]);
    names.push_back(plan->output.field(key_count + i).name);
    if (aggregate.calls[i].argument.has_value()) below.insert(*aggregate.calls[i].argument);
    if (aggregate.calls[i].filter_column) below.insert(*aggregate.calls[i].filter_column);
  }
  for (int i = 0; i < 3; ++i) {
    new_index[key_count + call_count + i] = key_count + static_cast<int>(kept.calls.size()) + i;
  }

  const Pruned pruned = Prune(plan->inputs.front(), below);
  for (const int key : aggregate.keys) kept.keys.push_back(pruned.new_index[key]);
  for (AggregateCall& call : kept.calls) {
    if (call.argument.has_value()) call.argument = pruned.new_index[*call.argument];
    if (call.filter_column.has_value()) call.filter_column = pruned.new_index[*call.filter_column];
  }
  kept.window.time_column = pruned.new_index[aggregate.window.time_column];
  return {MakeWindowAggregate(pruned.plan, std::move(kept), std::move(names)),
          std::move(new_index)};
}

// All inputs must give the same columns in the same places.
Pruned PruneUnion(const LogicalPlan& plan, const Needed& needed) {
  std::vector<LogicalPlan> inputs;
  std::vector<int> new_index(plan->output.size(), -1);
  int next = 0;
  for (const int column : needed) new_index[column] = next++;
  for (const LogicalPlan& input : plan->inputs) {
    const Pruned pruned = Prune(input, needed);
    Needed exactly;
    for (const int column : needed) exactly.insert(pruned.new_index[column]);
    const bool exact = static_cast<int>(exactly.size()) == pruned.plan->output.size();
    inputs.push_back(exact ? pruned.plan : Select(pruned.plan, exactly).plan);
  }
  return {MakeUnionAll(std::move(inputs)), std::move(new_index)};
}

Pruned Prune(const LogicalPlan& plan, const Needed& needed) {
  if (const auto* calc = std::get_if<LogicalCalc>(&plan->spec)) {
    return PruneCalc(plan, *calc, needed);
  }
  if (const auto* aggregate = std::get_if<LogicalWindowAggregate>(&plan->spec)) {
    return PruneWindowAggregate(plan, *aggregate, needed);
  }
  if (std::holds_alternative<LogicalUnionAll>(plan->spec)) return PruneUnion(plan, needed);
  CHECK(std::holds_alternative<LogicalScan>(plan->spec));
  return Select(plan, needed);
}

}  // namespace

LogicalPlan PruneColumns(const LogicalPlan& sink) {
  CHECK(std::holds_alternative<LogicalSink>(sink->spec));
  const LogicalPlan& input = sink->inputs.front();
  const Needed all = All(input->output);
  Pruned pruned = Prune(input, all);
  if (!(pruned.plan->output == input->output)) {
    // An operator gives columns that the sink does not know.
    Needed exactly;
    for (const int column : all) exactly.insert(pruned.new_index[column]);
    pruned.plan = Select(pruned.plan, exactly).plan;
  }
  return WithInputs(*sink, {std::move(pruned.plan)});
}

}  // namespace millrace
