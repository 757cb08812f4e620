#include "coordinator/sql/bind/plan_text.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/absl_view.h"
#include "common/plan/aggregate_name.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/window_operation_text.h"

namespace millrace {
namespace {

// "{k, s}, {k}, {}": the keys that are not NULL, by number or by name.
std::string SetsText(const LogicalExpand& expand, const LogicalNode& node, bool names) {
  std::set<int> keys;
  for (const ExpandSpec::Set& set : expand.sets) {
    keys.insert(set.null_columns.begin(), set.null_columns.end());
  }
  std::vector<std::string> sets;
  for (const ExpandSpec::Set& set : expand.sets) {
    std::vector<std::string> kept;
    for (const int key : keys) {
      const auto& nulls = set.null_columns;
      if (std::find(nulls.begin(), nulls.end(), key) != nulls.end()) continue;
      kept.push_back(names ? node.input().output.field(key).name : absl::StrCat(key));
    }
    sets.push_back(absl::StrCat("{", absl::StrJoin(kept, ", "), "}"));
  }
  return absl::StrJoin(sets, ", ");
}

std::string TablePath(const TableDefinition& table, const char* separator) {
  return absl::StrCat("default_catalog", separator, "default_database", separator, table.name);
}

std::string FieldNames(const Schema& schema) { return absl::StrJoin(ColumnNames(schema), ", "); }

// "card", or "UPPER(card) AS $f1" for an expression.
std::string SelectText(const std::vector<ExpressionPtr>& expressions, const Schema& input,
                       const Schema& output) {
  std::vector<std::string> items;
  for (size_t i = 0; i < expressions.size(); ++i) {
    const std::string text = expressions[i]->ToString(input);
    const std::string& name = output.field(static_cast<int>(i)).name;
    items.push_back(text == name ? text : absl::StrCat(text, " AS ", name));
  }
  return absl::StrJoin(items, ", ");
}

std::string CallsText(const std::vector<AggregateCall>& calls, const Schema& input,
                      const Schema& output, size_t first) {
  std::vector<std::string> items;
  for (size_t i = 0; i < calls.size(); ++i) {
    items.push_back(absl::StrCat(AggregateCallText(calls[i], input), " AS ",
                                 output.field(static_cast<int>(first + i)).name));
  }
  return absl::StrJoin(items, ", ");
}

std::string KeysText(const std::vector<int>& keys, const Schema& input) {
  return absl::StrJoin(
      keys, ", ", [&](std::string* out, int key) { absl::StrAppend(out, input.field(key).name); });
}

// One node as the binder made it.
struct LogicalText {
  const LogicalNode& node;

  std::string operator()(const LogicalScan& scan) const {
    return absl::StrCat("LogicalTableScan(table=[[", TablePath(*scan.table, ", "), "]]",
                        scan.watermark == nullptr
                            ? ""
                            : absl::StrCat(", watermark=[", scan.watermark->ToString(), "]"),
                        ")");
  }
  std::string operator()(const LogicalFilter& filter) const {
    return absl::StrCat("LogicalFilter(condition=[", filter.condition->ToString(), "])");
  }
  std::string operator()(const LogicalProject& project) const {
    return absl::StrCat("LogicalProject(", Projections(project.expressions), ")");
  }
  std::string operator()(const LogicalCalc& calc) const {
    return absl::StrCat(
        "LogicalCalc(", Projections(calc.projections),
        calc.condition == nullptr ? "" : absl::StrCat(", where=[", calc.condition->ToString(), "]"),
        ")");
  }
  std::string operator()(const LogicalWindowTvf& tvf) const {
    return absl::StrCat("LogicalTableFunctionScan(invocation=[",
                        WindowText(tvf.window, node.input().output), "]", SessionKeys(tvf), ")");
  }
  std::string operator()(const LogicalAggregate& aggregate) const {
    const std::string calls =
        CallsText(aggregate.calls, node.input().output, node.output, aggregate.keys.size());
    return absl::StrCat("LogicalAggregate(group=[{", absl::StrJoin(aggregate.keys, ", "), "}]",
                        calls.empty() ? "" : ", ", calls, ")");
  }
  std::string operator()(const LogicalWindowAggregate& aggregate) const {
    return absl::StrCat("LogicalWindowAggregate(group=[{", absl::StrJoin(aggregate.keys, ", "),
                        "}], window=[", WindowText(aggregate.window, node.input().output), "])");
  }
  std::string operator()(const LogicalExpand& expand) const {
    return absl::StrCat("LogicalExpand(sets=[", SetsText(expand, node, false), "])");
  }
  std::string operator()(const LogicalJoin& join) const {
    return absl::StrCat("LogicalJoin(condition=[", join.condition->ToString(), "], joinType=[",
                        LogicalJoinType(join.type), "])");
  }
  std::string operator()(const LogicalWindowJoin& join) const {
    return absl::StrCat(
        "LogicalWindowJoin(",
        WindowJoinText(join, node.inputs[0]->output, node.inputs[1]->output), ")");
  }
  std::string operator()(const LogicalRowNumber& row_number) const {
    return absl::StrCat("LogicalRowNumber(partition=[{", absl::StrJoin(row_number.keys, ", "),
                        "}], order=[", OrderText(row_number.order, node.input().output), "])");
  }
  std::string operator()(const LogicalWindowRank& rank) const {
    return absl::StrCat("LogicalWindowRank(", WindowRankText(rank.rank, node.input().output), ")");
  }
  std::string operator()(const LogicalSink& sink) const {
    return absl::StrCat("LogicalSink(table=[", TablePath(*sink.table, "."), "], fields=[",
                        FieldNames(node.input().output), "])");
  }
  std::string operator()(const LogicalUnionAll&) const { return "LogicalUnion(all=[true])"; }

  static const char* LogicalJoinType(JoinType type) {
    switch (type) {
      case JoinType::kInner:
        return "inner";
      case JoinType::kLeft:
        return "left";
      case JoinType::kRight:
        return "right";
      case JoinType::kFull:
        return "full";
      case JoinType::kSemi:
        return "semi";
      case JoinType::kAnti:
        return "anti";
    }
    return "?";
  }

  static std::string SessionKeys(const LogicalWindowTvf& tvf) {
    if (!tvf.session_keys.has_value()) return "";
    return absl::StrCat(", partition=[{", absl::StrJoin(*tvf.session_keys, ", "), "}]");
  }

  std::string Projections(const std::vector<ExpressionPtr>& expressions) const {
    std::vector<std::string> items;
    for (size_t i = 0; i < expressions.size(); ++i) {
      items.push_back(absl::StrCat(node.output.field(static_cast<int>(i)).name, "=[",
                                   expressions[i]->ToString(), "]"));
    }
    return absl::StrJoin(items, ", ");
  }
};

// One node as it will run.
struct OptimizedText {
  const LogicalNode& node;

  std::string operator()(const LogicalScan& scan) const {
    const std::string watermark =
        scan.watermark == nullptr
            ? ""
            : absl::StrCat(", watermark=[", scan.watermark->ToString(node.output), "]");
    return absl::StrCat("TableSourceScan(table=[[", TablePath(*scan.table, ", "),
                        "]], fields=", node.output.ToString(), watermark);
  }
  std::string operator()(const LogicalFilter& filter) const {
    return absl::StrCat("Calc(where=[", filter.condition->ToString(node.input().output), "]");
  }
  std::string operator()(const LogicalProject& project) const {
    return absl::StrCat("Calc(select=[",
                        SelectText(project.expressions, node.input().output, node.output), "]");
  }
  std::string operator()(const LogicalCalc& calc) const {
    const Schema& input = node.input().output;
    return absl::StrCat("Calc(select=[", SelectText(calc.projections, input, node.output), "]",
                        calc.condition == nullptr
                            ? ""
                            : absl::StrCat(", where=[", calc.condition->ToString(input), "]"));
  }
  std::string operator()(const LogicalWindowTvf& tvf) const {
    return absl::StrCat("WindowTableFunction(window=[", WindowText(tvf.window, node.input().output),
                        "]");
  }
  std::string operator()(const LogicalAggregate& aggregate) const {
    const Schema& input = node.input().output;
    const std::string keys = KeysText(aggregate.keys, input);
    const std::string calls = CallsText(aggregate.calls, input, node.output, aggregate.keys.size());
    return absl::StrCat("GroupAggregate(", keys.empty() ? "" : "groupBy=[" + keys + "], ",
                        "select=[", keys, keys.empty() || calls.empty() ? "" : ", ", calls, "]");
  }
  std::string operator()(const LogicalWindowAggregate& aggregate) const {
    const Schema& input = node.input().output;
    if (aggregate.rows_of_extreme) {
      return absl::StrCat("WindowExtreme(window=[", WindowText(aggregate.window, input),
                          "], rows=[", AggregateCallText(aggregate.calls.front(), input), "]");
    }
    return absl::StrCat("WindowAggregate(groupBy=[", KeysText(aggregate.keys, input), "], window=[",
                        WindowText(aggregate.window, input), "], select=[",
                        CallsText(aggregate.calls, input, node.output, aggregate.keys.size()), "]");
  }
  std::string operator()(const LogicalExpand& expand) const {
    return absl::StrCat("Expand(sets=[", SetsText(expand, node, true), "]");
  }
  std::string operator()(const LogicalJoin& join) const {
    return absl::StrCat("Join(joinType=[", JoinTypeText(join.type), "], where=[",
                        join.condition->ToString(), "]");
  }
  std::string operator()(const LogicalWindowJoin& join) const {
    return absl::StrCat("WindowJoin(",
                        WindowJoinText(join, node.inputs[0]->output, node.inputs[1]->output),
                        ", select=[", FieldNames(node.output), "]");
  }
  std::string operator()(const LogicalRowNumber& row_number) const {
    return absl::StrCat("RowNumber(partitionBy=[", KeysText(row_number.keys, node.input().output),
                        "], orderBy=[", OrderText(row_number.order, node.input().output), "]");
  }
  std::string operator()(const LogicalWindowRank& rank) const {
    return absl::StrCat(IsDeduplication(rank.rank) ? "WindowDeduplicate(" : "WindowRank(",
                        WindowRankText(rank.rank, node.input().output), ", select=[",
                        FieldNames(node.output), "]");
  }
  std::string operator()(const LogicalSink& sink) const {
    return absl::StrCat("Sink(table=[", TablePath(*sink.table, "."), "], fields=[",
                        FieldNames(sink.schema), "]");
  }
  std::string operator()(const LogicalUnionAll&) const { return "Union(all=[true]"; }
};

using NodeText = std::function<std::string(const LogicalNode&)>;

void AppendTree(const LogicalNode& node, const NodeText& text_of, const std::string& indent,
                std::string& text) {
  absl::StrAppend(&text, text_of(node), "\n");
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const bool last = i + 1 == node.inputs.size();
    absl::StrAppend(&text, indent, last ? "+- " : ":- ");
    AppendTree(*node.inputs[i], text_of, indent + (last ? "   " : ":  "), text);
  }
}

}  // namespace

std::string LogicalPlanText(const LogicalPlan& plan) {
  std::string text;
  AppendTree(
      *plan, [](const LogicalNode& node) { return std::visit(LogicalText{node}, node.spec); }, "",
      text);
  return text;
}

std::string OptimizedPlanText(const LogicalPlan& plan, const ChangelogModeText& changelog_mode) {
  const auto text_of = [&](const LogicalNode& node) {
    return absl::StrCat(std::visit(OptimizedText{node}, node.spec),
                        changelog_mode == nullptr ? "" : ", changelogMode=" + changelog_mode(node),
                        ")");
  };
  std::string text;
  AppendTree(*plan, text_of, "", text);
  return text;
}

std::string OptimizedNodeText(const LogicalNode& node) {
  return std::visit(OptimizedText{node}, node.spec) + ")";
}

std::string WindowText(const WindowSpec& window, const Schema& input) {
  const std::string& time = input.field(window.time_column).name;
  const std::string size = DurationText(window.size_ms);
  const std::string offset =
      window.offset_ms == 0 ? "" : absl::StrCat(", offset=[", DurationText(window.offset_ms), "]");
  const std::string axis =
      absl::StrCat(window.processing_time ? ", processing time" : "",
                   window.time_zone.empty() ? "" : ", zone=[" + window.time_zone + "]");
  const auto text = [&](const char* name, const std::string& arguments) {
    return absl::StrCat(name, "(time_col=[", time, "], ", arguments, offset, axis, ")");
  };
  switch (window.kind) {
    case WindowKind::kTumble:
      return text("TUMBLE", absl::StrCat("size=[", size, "]"));
    case WindowKind::kHop:
      return text("HOP",
                  absl::StrCat("size=[", size, "], slide=[", DurationText(window.slide_ms), "]"));
    case WindowKind::kCumulate:
      return text("CUMULATE", absl::StrCat("max_size=[", size, "], step=[",
                                           DurationText(window.slide_ms), "]"));
    case WindowKind::kSession:
      return text("SESSION", absl::StrCat("gap=[", size, "]"));
    case WindowKind::kAttached:
      return absl::StrCat("WINDOW(win_start=[", input.field(window.start_column).name,
                          "], win_end=[", time, "]", axis, ")");
  }
  return "?";
}

std::string AggregateCallText(const AggregateCall& call, const Schema& input) {
  std::string text = absl::StrCat(AbslView(AggregateFunctionName(call.function)),
                                  call.distinct ? "(DISTINCT " : "(",
                                  call.argument ? input.field(*call.argument).name : "*");
  if (call.function == AggregateFunction::kListAgg) {
    absl::StrAppend(&text, ", '", call.separator, "'");
  }
  if (!call.percentages.empty()) {
    absl::StrAppend(&text, ", ", absl::StrJoin(call.percentages, " and "));
  }
  if (call.weight) absl::StrAppend(&text, ", ", input.field(*call.weight).name);
  if (call.keeps_nulls) absl::StrAppend(&text, " RESPECT NULLS");
  absl::StrAppend(&text, ")");
  if (call.filter_column.has_value()) {
    absl::StrAppend(&text, " FILTER (WHERE ", input.field(*call.filter_column).name, ")");
  }
  return text;
}

std::string DurationText(int64_t millis) {
  struct Unit {
    int64_t millis;
    const char* name;
  };
  constexpr Unit kUnits[] = {{86'400'000, " d"}, {3'600'000, " h"}, {60'000, " min"}, {1000, " s"}};
  for (const Unit& unit : kUnits) {
    if (millis != 0 && millis % unit.millis == 0) {
      return absl::StrCat(millis / unit.millis, unit.name);
    }
  }
  return absl::StrCat(millis, " ms");
}

}  // namespace millrace
