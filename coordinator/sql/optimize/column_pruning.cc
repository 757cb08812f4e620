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

// The calls of an aggregation that somebody reads, and what they and the keys read of its input.
struct KeptCalls {
  std::vector<AggregateCall> calls;  // Over the old input.
  std::vector<std::string> names;
  Needed below;
  std::vector<int> new_index;  // Of the keys and calls; -1: gone.
};

KeptCalls KeepCalls(const LogicalNode& node, const std::vector<int>& keys,
                    const std::vector<AggregateCall>& calls, const Needed& needed) {
  const int key_count = static_cast<int>(keys.size());
  KeptCalls kept{.below = Needed(keys.begin(), keys.end()),
                 .new_index = std::vector<int>(node.output.size(), -1)};
  for (int i = 0; i < key_count; ++i) kept.new_index[i] = i;
  for (int i = 0; i < static_cast<int>(calls.size()); ++i) {
    if (needed.count(key_count + i) == 0) continue;
    kept.new_index[key_count + i] = key_count + static_cast<int>(kept.calls.size());
    kept.calls.push_back(calls[i]);
    kept.names.push_back(node.output.field(key_count + i).name);
    if (calls[i].argument.has_value()) kept.below.insert(*calls[i].argument);
    if (calls[i].filter_column.has_value()) kept.below.insert(*calls[i].filter_column);
    if (calls[i].weight.has_value()) kept.below.insert(*calls[i].weight);
  }
  return kept;
}

std::vector<int> Moved(const std::vector<int>& columns, const std::vector<int>& new_index) {
  std::vector<int> moved;
  for (const int column : columns) moved.push_back(new_index[column]);
  return moved;
}

std::vector<AggregateCall> Moved(std::vector<AggregateCall> calls,
                                 const std::vector<int>& new_index) {
  for (AggregateCall& call : calls) {
    if (call.argument.has_value()) call.argument = new_index[*call.argument];
    if (call.filter_column.has_value()) call.filter_column = new_index[*call.filter_column];
    if (call.weight.has_value()) call.weight = new_index[*call.weight];
  }
  return calls;
}

Pruned PruneWindowAggregate(const LogicalPlan& plan, const LogicalWindowAggregate& aggregate,
                            const Needed& needed) {
  KeptCalls kept = KeepCalls(*plan, aggregate.keys, aggregate.calls, needed);
  kept.below.insert(aggregate.window.time_column);
  const bool attached = aggregate.window.kind == WindowKind::kAttached;
  if (attached) kept.below.insert(aggregate.window.start_column);
  const int old_window = static_cast<int>(aggregate.keys.size() + aggregate.calls.size());
  const int new_window = static_cast<int>(aggregate.keys.size() + kept.calls.size());
  for (int i = 0; i < 3; ++i) kept.new_index[old_window + i] = new_window + i;

  const Pruned pruned = Prune(plan->inputs.front(), kept.below);
  LogicalWindowAggregate pruned_aggregate{.window = aggregate.window,
                                          .keys = Moved(aggregate.keys, pruned.new_index),
                                          .calls = Moved(std::move(kept.calls), pruned.new_index)};
  pruned_aggregate.window.time_column = pruned.new_index[aggregate.window.time_column];
  if (attached) {
    pruned_aggregate.window.start_column = pruned.new_index[aggregate.window.start_column];
  }
  return {MakeWindowAggregate(pruned.plan, std::move(pruned_aggregate), std::move(kept.names)),
          std::move(kept.new_index)};
}

Pruned PruneWindowExtreme(const LogicalPlan& plan, LogicalWindowAggregate extreme, Needed needed) {
  int& value = *extreme.calls.front().argument;
  needed.insert({extreme.window.start_column, extreme.window.time_column, value});
  Pruned pruned = Prune(plan->inputs.front(), needed);
  for (int* column : {&extreme.window.start_column, &extreme.window.time_column, &value}) {
    *column = pruned.new_index[*column];
  }
  pruned.plan = MakeWindowAggregate(std::move(pruned.plan), std::move(extreme), {});
  return pruned;
}

Pruned PruneAggregate(const LogicalPlan& plan, const LogicalAggregate& aggregate,
                      const Needed& needed) {
  // Rows must have a column to be counted by: on both sides of the aggregation.
  const bool has_column = !aggregate.keys.empty() || !needed.empty();
  KeptCalls kept =
      KeepCalls(*plan, aggregate.keys, aggregate.calls, has_column ? needed : Needed{0});
  if (kept.below.empty()) kept.below.insert(0);
  const Pruned pruned = Prune(plan->inputs.front(), kept.below);
  return {MakeAggregate(pruned.plan,
                        {.keys = Moved(aggregate.keys, pruned.new_index),
                         .calls = Moved(std::move(kept.calls), pruned.new_index)},
                        std::move(kept.names)),
          std::move(kept.new_index)};
}

Pruned PruneExpand(const LogicalPlan& plan, const LogicalExpand& expand, Needed needed) {
  needed.erase(plan->output.size() - 1);  // The id is always given.
  if (needed.empty()) needed.insert(0);
  Pruned pruned = Prune(plan->inputs.front(), needed);
  LogicalExpand kept;
  for (const ExpandSpec::Set& set : expand.sets) {
    ExpandSpec::Set& moved = kept.sets.emplace_back(ExpandSpec::Set{.id = set.id});
    for (const int column : set.null_columns) {
      if (pruned.new_index[column] >= 0) moved.null_columns.push_back(pruned.new_index[column]);
    }
  }
  pruned.new_index.push_back(pruned.plan->output.size());
  pruned.plan = MakeExpand(std::move(pruned.plan), std::move(kept));
  return pruned;
}

Pruned PruneWindowTvf(const LogicalPlan& plan, LogicalWindowTvf tvf, Needed needed) {
  const int first_window = plan->input().output.size();
  needed.erase(needed.lower_bound(first_window), needed.end());  // They are always given.
  needed.insert(tvf.window.time_column);
  Pruned pruned = Prune(plan->inputs.front(), needed);
  tvf.window.time_column = pruned.new_index[tvf.window.time_column];
  for (int i = 0; i < 3; ++i) pruned.new_index.push_back(pruned.plan->output.size() + i);
  pruned.plan = MakeWindowTvf(std::move(pruned.plan), std::move(tvf));
  return pruned;
}

// The columns by which rows meet in a window.
void NeedWindow(const WindowSpec& window, const std::vector<int>& keys, Needed& needed) {
  needed.insert({window.start_column, window.time_column});
  needed.insert(keys.begin(), keys.end());
}

void Move(const std::vector<int>& new_index, WindowSpec& window, std::vector<int>& keys) {
  window.start_column = new_index[window.start_column];
  window.time_column = new_index[window.time_column];
  keys = Moved(keys, new_index);
}

Pruned PruneWindowRank(const LogicalPlan& plan, LogicalWindowRank pruned_rank, Needed needed) {
  WindowRankSpec& rank = pruned_rank.rank;
  const int number = plan->input().output.size();
  rank.emits_rank = rank.emits_rank && needed.count(number) > 0;
  needed.erase(number);
  NeedWindow(rank.window, rank.key_columns, needed);
  for (const SortColumn& sort : rank.order) needed.insert(sort.column);
  Pruned pruned = Prune(plan->inputs.front(), needed);
  Move(pruned.new_index, rank.window, rank.key_columns);
  for (SortColumn& sort : rank.order) sort.column = pruned.new_index[sort.column];
  pruned.new_index.resize(plan->output.size(), -1);
  if (rank.emits_rank) pruned.new_index.back() = pruned.plan->output.size();
  pruned.plan = MakeWindowRank(std::move(pruned.plan), std::move(pruned_rank),
                               plan->output.fields().back().name);
  return pruned;
}

Pruned PruneWindowJoin(const LogicalPlan& plan, LogicalWindowJoin join, Needed needed) {
  const int left_columns = plan->inputs[0]->output.size();
  if (join.condition != nullptr) CollectColumns(join.condition, needed);
  Needed of_left(needed.begin(), needed.lower_bound(left_columns));
  Needed of_right;
  for (auto column = needed.lower_bound(left_columns); column != needed.end(); ++column) {
    of_right.insert(*column - left_columns);
  }
  NeedWindow(join.left.window, join.left.key_columns, of_left);
  NeedWindow(join.right.window, join.right.key_columns, of_right);
  Pruned left = Prune(plan->inputs[0], of_left);
  const Pruned right = Prune(plan->inputs[1], of_right);
  Move(left.new_index, join.left.window, join.left.key_columns);
  Move(right.new_index, join.right.window, join.right.key_columns);
  std::vector<int> new_index = std::move(left.new_index);
  for (const int column : right.new_index) {
    new_index.push_back(column < 0 ? -1 : left.plan->output.size() + column);
  }
  if (join.condition != nullptr) join.condition = RemapColumns(join.condition, new_index);
  new_index.resize(plan->output.size());
  return {MakeWindowJoin(std::move(left.plan), right.plan, std::move(join)), std::move(new_index)};
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
    if (aggregate->rows_of_extreme) return PruneWindowExtreme(plan, *aggregate, needed);
    return PruneWindowAggregate(plan, *aggregate, needed);
  }
  if (const auto* aggregate = std::get_if<LogicalAggregate>(&plan->spec)) {
    return PruneAggregate(plan, *aggregate, needed);
  }
  if (const auto* expand = std::get_if<LogicalExpand>(&plan->spec)) {
    return PruneExpand(plan, *expand, needed);
  }
  if (const auto* tvf = std::get_if<LogicalWindowTvf>(&plan->spec)) {
    return PruneWindowTvf(plan, *tvf, needed);
  }
  if (const auto* rank = std::get_if<LogicalWindowRank>(&plan->spec)) {
    return PruneWindowRank(plan, *rank, needed);
  }
  if (const auto* join = std::get_if<LogicalWindowJoin>(&plan->spec)) {
    return PruneWindowJoin(plan, *join, needed);
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
