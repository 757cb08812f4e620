#include "coordinator/planner/state_fingerprint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "coordinator/sql/bind/plan_text.h"
#include "coordinator/sql/bind/window_operation_text.h"

namespace millrace {
namespace {

// The options that say where a table's data is; all others say how to get it.
constexpr const char* kPlaceOptions[] = {"connector", "topic", "topic-pattern", "path"};

constexpr const char* kWindowColumns[] = {"window_start", "window_end", "window_time"};

// A longer text of a column is replaced by its hash: texts of columns that name others several
// times, level after level, would double with every level.
constexpr size_t kLongestColumn = 4096;

std::string TableText(const char* role, const TableDefinition& table, const TableOptions& options) {
  std::string text = absl::StrCat(role, "(", table.name);
  for (const char* option : kPlaceOptions) {
    const auto found = options.find(option);
    if (found != options.end()) absl::StrAppend(&text, ", ", option, "=", found->second);
  }
  return absl::StrCat(text, ")");
}

// `schema` with other names, so that expressions print them.
Schema Named(const Schema& schema, const std::vector<std::string>& names) {
  std::vector<Field> fields;
  for (int i = 0; i < schema.size(); ++i) fields.push_back({names[i], schema.field(i).type});
  return Schema(std::move(fields));
}

}  // namespace

std::string StateFingerprints::IdOf(const LogicalNode& node) {
  const std::string id = absl::StrFormat("%016x", HashKey(CanonicalText(node)));
  const int use = ++uses_[id];
  return use == 1 ? id : absl::StrCat(id, "-", use);
}

std::string StateFingerprints::CanonicalText(const LogicalNode& node) {
  if (const auto* sink = std::get_if<LogicalSink>(&node.spec)) {
    const Traced& input = Trace(node.input());
    return absl::StrCat(TableText("Sink", *sink->table, sink->table->options), " <- [",
                        absl::StrJoin(input.columns, ", "), "] of ", input.rows);
  }
  const Traced& traced = Trace(node);
  if (std::holds_alternative<LogicalCalc>(node.spec)) {
    return absl::StrCat("Calc[", absl::StrJoin(traced.columns, ", "), "] of ", traced.rows);
  }
  return traced.rows;
}

const StateFingerprints::Traced& StateFingerprints::Trace(const LogicalNode& node) {
  const auto known = traced_.find(&node);
  if (known != traced_.end()) return known->second;
  Traced traced = TraceNode(node);
  for (std::string& column : traced.columns) {
    if (column.size() > kLongestColumn) column = absl::StrFormat("#%016x", HashKey(column));
  }
  return traced_.emplace(&node, std::move(traced)).first->second;
}

StateFingerprints::Traced StateFingerprints::TraceNode(const LogicalNode& node) {
  Traced result;
  if (const auto* scan = std::get_if<LogicalScan>(&node.spec)) {
    result.rows = TableText("Scan", *scan->table, scan->options);
    for (const Field& field : node.output.fields()) result.columns.push_back(field.name);
    return result;
  }
  if (std::holds_alternative<LogicalUnionAll>(node.spec)) {
    std::vector<std::string> inputs;
    for (const LogicalPlan& input : node.inputs) {
      const Traced& traced = Trace(*input);
      inputs.push_back(
          absl::StrCat("[", absl::StrJoin(traced.columns, ", "), "] of ", traced.rows));
    }
    result.rows = absl::StrCat("UnionAll(", absl::StrJoin(inputs, "; "), ")");
    for (int i = 0; i < node.output.size(); ++i) result.columns.push_back(absl::StrCat("#", i));
    return result;
  }
  if (const auto* join = std::get_if<LogicalWindowJoin>(&node.spec)) {
    return TraceJoin(node, *join);
  }
  const Traced& input = Trace(node.input());
  const Schema names = Named(node.input().output, input.columns);
  if (const auto* tvf = std::get_if<LogicalWindowTvf>(&node.spec)) {
    result.rows = absl::StrCat("WindowTvf(", WindowText(tvf->window, names), ") of ", input.rows);
    result.columns = input.columns;
    for (const char* name : kWindowColumns) result.columns.push_back(name);
    return result;
  }
  if (const auto* rank = std::get_if<LogicalWindowRank>(&node.spec)) {
    result.rows = absl::StrCat("WindowRank(", WindowRankText(rank->rank, names), ") of [",
                               absl::StrJoin(input.columns, ", "), "] of ", input.rows);
    result.columns = input.columns;
    if (rank->rank.emits_rank) result.columns.push_back("$rn");
    return result;
  }
  if (const auto* calc = std::get_if<LogicalCalc>(&node.spec)) {
    result.rows = input.rows;
    if (calc->condition != nullptr) {
      absl::StrAppend(&result.rows, " where ", calc->condition->ToString(names));
    }
    for (const ExpressionPtr& projection : calc->projections) {
      result.columns.push_back(projection->ToString(names));
    }
    return result;
  }
  if (const auto* expand = std::get_if<LogicalExpand>(&node.spec)) {
    std::vector<std::string> sets;
    for (const ExpandSpec::Set& set : expand->sets) {
      sets.push_back(absl::StrCat(
          set.id, ":", absl::StrJoin(set.null_columns, ", ", [&](std::string* out, int column) {
            absl::StrAppend(out, names.field(column).name);
          })));
    }
    result.rows = absl::StrCat("Expand(", absl::StrJoin(sets, "; "), ") of ", input.rows);
    result.columns = input.columns;
    result.columns.push_back("$e");
    return result;
  }
  const auto add_groups = [&](const std::vector<int>& keys,
                              const std::vector<AggregateCall>& calls) {
    for (const int key : keys) result.columns.push_back(names.field(key).name);
    for (const AggregateCall& call : calls) {
      result.columns.push_back(AggregateCallText(call, names));
    }
    return absl::StrCat("[", absl::StrJoin(result.columns, ", "), "] by ", keys.size(), ") of ",
                        input.rows);
  };
  if (const auto* aggregate = std::get_if<LogicalAggregate>(&node.spec)) {
    result.rows = "GroupAggregate(" + add_groups(aggregate->keys, aggregate->calls);
    return result;
  }
  const auto& aggregate = std::get<LogicalWindowAggregate>(node.spec);
  if (aggregate.rows_of_extreme) {
    result.rows =
        absl::StrCat("WindowExtreme(", WindowText(aggregate.window, names), ", ",
                     AggregateCallText(aggregate.calls.front(), names), ") of ", input.rows);
    result.columns = input.columns;
    return result;
  }
  result.rows = absl::StrCat("WindowAggregate(", WindowText(aggregate.window, names), ", ",
                             add_groups(aggregate.keys, aggregate.calls));
  for (const char* name : kWindowColumns) result.columns.push_back(name);
  return result;
}

StateFingerprints::Traced StateFingerprints::TraceJoin(const LogicalNode& node,
                                                       const LogicalWindowJoin& join) {
  Traced result;
  std::vector<Schema> sides;
  std::vector<std::string> inputs;
  for (size_t side = 0; side < 2; ++side) {
    const Traced& traced = Trace(*node.inputs[side]);
    // A join of a table with itself has every column twice.
    std::vector<std::string> columns;
    for (const std::string& column : traced.columns) {
      columns.push_back(absl::StrCat(side == 0 ? "left." : "right.", column));
    }
    sides.push_back(Named(node.inputs[side]->output, columns));
    inputs.push_back(absl::StrCat("[", absl::StrJoin(traced.columns, ", "), "] of ", traced.rows));
    if (side == 1 && !GivesRight(join.type)) continue;
    result.columns.insert(result.columns.end(), columns.begin(), columns.end());
  }
  result.rows = absl::StrCat("WindowJoin(", WindowJoinText(join, sides[0], sides[1]), ") of (",
                             inputs[0], "; ", inputs[1], ")");
  return result;
}

}  // namespace millrace
