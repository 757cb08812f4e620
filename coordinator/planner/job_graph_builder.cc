#include "coordinator/planner/job_graph_builder.h"

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/base/valid_utf8.h"
#include "coordinator/planner/plan_interning.h"
#include "coordinator/planner/state_fingerprint.h"
#include "coordinator/planner/table_reading.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/plan_text.h"

namespace millrace {
namespace {

constexpr size_t kMaxNameLength = 120;

std::string Shortened(std::string text) {
  if (text.size() <= kMaxNameLength) return text;
  return std::string(Utf8Prefix(text, kMaxNameLength - 3)) + "...";
}

// Where the rows of a node are: the stages that give them, and whether the next operator may chain
// onto the (only) one.
struct Stream {
  std::vector<StageId> stages;
  bool open = false;
};

class Builder {
 public:
  Builder(const std::vector<LogicalPlan>& sinks, const JobGraphOptions& options)
      : options_(options), readers_(CountReaders(sinks)) {
    graph_.name = options.name;
    graph_.options = options.job;
  }

  absl::Status Add(const LogicalPlan& sink) { return Build(*sink).status(); }

  JobGraph Finish() && {
    for (Stage& stage : graph_.stages) {
      stage.name = absl::StrJoin(
          stage.operators, " -> ",
          [](std::string* out, const OperatorNode& node) { absl::StrAppend(out, node.name); });
    }
    return std::move(graph_);
  }

 private:
  absl::StatusOr<Stream> Build(const LogicalNode& node) {
    const auto known = streams_.find(&node);
    if (known != streams_.end()) return known->second;
    ASSIGN_OR_RETURN(Stream stream, BuildNode(node));
    const auto readers = readers_.find(&node);
    if (readers != readers_.end() && readers->second > 1) stream.open = false;
    streams_.emplace(&node, stream);
    return stream;
  }

  absl::StatusOr<Stream> BuildNode(const LogicalNode& node) {
    if (std::holds_alternative<LogicalScan>(node.spec)) return BuildScan(node);
    std::vector<Stream> inputs;
    for (const LogicalPlan& input : node.inputs) {
      ASSIGN_OR_RETURN(inputs.emplace_back(), Build(*input));
    }
    if (const auto* calc = std::get_if<LogicalCalc>(&node.spec)) {
      return Chain(inputs.front(), CalcNode(node, *calc));
    }
    if (const auto* aggregate = std::get_if<LogicalWindowAggregate>(&node.spec)) {
      return BuildWindowAggregate(node, *aggregate, inputs.front());
    }
    if (const auto* sink = std::get_if<LogicalSink>(&node.spec)) {
      return Chain(inputs.front(), SinkNode(node, *sink));
    }
    CHECK(std::holds_alternative<LogicalUnionAll>(node.spec));
    Stream all;
    for (const Stream& input : inputs) {
      all.stages.insert(all.stages.end(), input.stages.begin(), input.stages.end());
    }
    return all;
  }

  absl::StatusOr<Stream> BuildScan(const LogicalNode& node) {
    const auto& scan = std::get<LogicalScan>(node.spec);
    SourceSpec source{.table = {.name = scan.table->name,
                                .options = scan.options,
                                .schema = node.output,
                                .primary_key = scan.table->primary_key,
                                .partition_keys = scan.table->partition_keys}};
    if (scan.watermark != nullptr) {
      ASSIGN_OR_RETURN(const int64_t idle_timeout_ms, IdleTimeoutMs(*scan.table, scan.options));
      source.watermark =
          WatermarkSpec{.watermark = scan.watermark, .idle_timeout_ms = idle_timeout_ms};
    }
    const StageId stage = NewStage(options_.parallelism);
    graph_.stages.back().operators.push_back({.name = absl::StrCat("Source: ", scan.table->name),
                                              .state_id = fingerprints_.IdOf(node),
                                              .output = node.output,
                                              .spec = std::move(source)});
    return Stream{.stages = {stage}, .open = true};
  }

  Stream BuildWindowAggregate(const LogicalNode& node, const LogicalWindowAggregate& aggregate,
                              const Stream& input) {
    const Schema& columns = node.input().output;
    std::string name =
        absl::StrCat(WindowName(aggregate.window, columns), " by ",
                     absl::StrJoin(aggregate.keys, ", ", [&](std::string* out, int key) {
                       absl::StrAppend(out, columns.field(key).name);
                     }));
    if (aggregate.keys.empty()) name = WindowName(aggregate.window, columns);
    // Without a key all rows belong to one group, which one task owns.
    const StageId stage = NewStage(aggregate.keys.empty() ? 1 : options_.parallelism);
    for (const StageId from : input.stages) {
      AddEdge(from, stage, Partitioning::kHash, aggregate.keys);
    }
    graph_.stages.back().operators.push_back(
        {.name = Shortened(std::move(name)),
         .state_id = fingerprints_.IdOf(node),
         .output = node.output,
         .spec = WindowAggregateSpec{
             .window = aggregate.window, .key_columns = aggregate.keys, .calls = aggregate.calls}});
    return Stream{.stages = {stage}, .open = true};
  }

  OperatorNode CalcNode(const LogicalNode& node, const LogicalCalc& calc) {
    std::string name = absl::StrCat("Calc: ", absl::StrJoin(ColumnNames(node.output), ", "));
    if (calc.condition != nullptr) {
      absl::StrAppend(&name, " where ", calc.condition->ToString(node.input().output));
    }
    return {.name = Shortened(std::move(name)),
            .state_id = fingerprints_.IdOf(node),
            .output = node.output,
            .spec = CalcSpec{.condition = calc.condition, .projections = calc.projections}};
  }

  OperatorNode SinkNode(const LogicalNode& node, const LogicalSink& sink) {
    TableOptions options = sink.table->options;
    if (options["connector"] == "collect" && !options_.result_format.empty()) {
      options["collect.format"] = options_.result_format;
    }
    return {.name = absl::StrCat("Sink: ", sink.table->name),
            .state_id = fingerprints_.IdOf(node),
            .spec = SinkSpec{.table = {.name = sink.table->name,
                                       .options = std::move(options),
                                       .schema = sink.schema,
                                       .primary_key = sink.table->primary_key,
                                       .partition_keys = sink.table->partition_keys}}};
  }

  Stream Chain(const Stream& input, OperatorNode node) {
    if (input.open) {
      graph_.stages[input.stages.front().value()].operators.push_back(std::move(node));
      return input;
    }
    // A single chain goes on at its own parallelism, several meet at the job's.
    const int parallelism = input.stages.size() == 1
                                ? graph_.stages[input.stages.front().value()].parallelism
                                : options_.parallelism;
    const StageId stage = NewStage(parallelism);
    for (const StageId from : input.stages) {
      const bool same = graph_.stages[from.value()].parallelism == parallelism;
      AddEdge(from, stage, same ? Partitioning::kForward : Partitioning::kRebalance, {});
    }
    graph_.stages.back().operators.push_back(std::move(node));
    return Stream{.stages = {stage}, .open = true};
  }

  StageId NewStage(int parallelism) {
    const StageId id(static_cast<int32_t>(graph_.stages.size()));
    graph_.stages.push_back({.id = id, .parallelism = parallelism});
    return id;
  }

  void AddEdge(StageId from, StageId to, Partitioning partitioning, std::vector<int> keys) {
    const EdgeId id(static_cast<int32_t>(graph_.edges.size()));
    graph_.edges.push_back({.id = id,
                            .from = from,
                            .to = to,
                            .partitioning = partitioning,
                            .key_columns = std::move(keys),
                            .schema = graph_.stages[from.value()].operators.back().output});
  }

  static std::string WindowName(const WindowSpec& window, const Schema& columns) {
    const char* name = window.kind == WindowKind::kTumble ? "TUMBLE" : "WINDOW";
    return absl::StrCat(name, "(", columns.field(window.time_column).name, ", ",
                        DurationText(window.size_ms), ")");
  }

  const JobGraphOptions& options_;
  const std::map<const LogicalNode*, int> readers_;
  JobGraph graph_;
  StateFingerprints fingerprints_;
  std::map<const LogicalNode*, Stream> streams_;
};

}  // namespace

absl::StatusOr<JobGraph> BuildJobGraph(const std::vector<LogicalPlan>& sinks,
                                       const JobGraphOptions& options) {
  const std::vector<LogicalPlan> interned = InternPlans(sinks);
  Builder builder(interned, options);
  for (const LogicalPlan& sink : interned) RETURN_IF_ERROR(builder.Add(sink));
  JobGraph graph = std::move(builder).Finish();
  RETURN_IF_ERROR(Validate(graph));
  return graph;
}

}  // namespace millrace
