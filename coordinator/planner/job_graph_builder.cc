#include "coordinator/planner/job_graph_builder.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/base/valid_utf8.h"
#include "coordinator/planner/changelogs.h"
#include "coordinator/planner/plan_interning.h"
#include "coordinator/planner/state_fingerprint.h"
#include "coordinator/planner/table_reading.h"
#include "coordinator/planner/upsert_keys.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/plan_text.h"
#include "coordinator/sql/bind/window_operation_text.h"

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
  // Rows that are equal in these columns are in one task. Nothing: that is not known.
  std::optional<std::vector<int>> keyed_by;
};

class Builder {
 public:
  Builder(const std::vector<LogicalPlan>& sinks, const JobGraphOptions& options,
          const Changelogs& changelogs)
      : options_(options), changelogs_(changelogs), readers_(CountReaders(sinks)) {
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
      Stream stream = Chain(node, inputs.front(), CalcNode(node, *calc));
      if (stream.keyed_by.has_value()) stream.keyed_by = FollowColumns(node, *stream.keyed_by);
      return stream;
    }
    if (const auto* expand = std::get_if<LogicalExpand>(&node.spec)) {
      Stream stream = Chain(node, inputs.front(),
                            {.name = absl::StrCat("Expand: ", expand->sets.size(), " sets"),
                             .state_id = fingerprints_.IdOf(node),
                             .output = node.output,
                             .spec = ExpandSpec{expand->sets}});
      stream.keyed_by.reset();
      return stream;
    }
    if (const auto* aggregate = std::get_if<LogicalWindowAggregate>(&node.spec)) {
      return BuildWindowAggregate(node, *aggregate, inputs.front());
    }
    if (const auto* tvf = std::get_if<LogicalWindowTvf>(&node.spec)) {
      return Chain(node, inputs.front(),
                   {.name = absl::StrCat("Windows: ", WindowName(tvf->window, node.input().output)),
                    .state_id = fingerprints_.IdOf(node),
                    .output = node.output,
                    .spec = WindowTvfSpec{.window = tvf->window}});
    }
    if (const auto* rank = std::get_if<LogicalWindowRank>(&node.spec)) {
      return BuildWindowRank(node, rank->rank, inputs.front());
    }
    if (const auto* join = std::get_if<LogicalWindowJoin>(&node.spec)) {
      return BuildWindowJoin(node, *join, inputs);
    }
    if (const auto* aggregate = std::get_if<LogicalAggregate>(&node.spec)) {
      return BuildGroupAggregate(node, *aggregate, inputs.front());
    }
    if (const auto* sink = std::get_if<LogicalSink>(&node.spec)) {
      return BuildSink(node, *sink, inputs.front());
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
                                .partition_keys = scan.table->partition_keys,
                                .declared = scan.table->PhysicalSchema(),
                                .metadata = scan.table->MetadataOf(node.output)}};
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
    // Windows that rows bring along are kept by their start too, which tells those of one end
    // apart.
    const bool attached = aggregate.window.kind == WindowKind::kAttached;
    std::vector<int> meet_by = aggregate.keys;
    if (attached) meet_by.push_back(aggregate.window.start_column);
    OperatorNode op{.name = WindowName(aggregate.window, node.input().output),
                    .spec = WindowAggregateSpec{.window = aggregate.window,
                                                .key_columns = aggregate.keys,
                                                .calls = aggregate.calls,
                                                .rows_of_extreme = aggregate.rows_of_extreme}};
    if (aggregate.rows_of_extreme) {
      absl::StrAppend(&op.name, " rows of ",
                      AggregateCallText(aggregate.calls.front(), node.input().output));
    }
    Stream stream = Keyed(node, input, meet_by, std::move(op));
    if (aggregate.rows_of_extreme) {
      stream.keyed_by = meet_by;
    } else if (attached) {
      stream.keyed_by->back() = static_cast<int>(aggregate.keys.size() + aggregate.calls.size());
    }
    return stream;
  }

  Stream BuildWindowRank(const LogicalNode& node, const WindowRankSpec& rank, const Stream& input) {
    std::vector<int> meet_by = rank.key_columns;
    meet_by.push_back(rank.window.start_column);
    const Schema& columns = node.input().output;
    const std::string rows = IsDeduplication(rank) ? "last row"
                             : rank.first == 1
                                 ? absl::StrCat("first ", rank.last)
                                 : absl::StrCat("rows ", rank.first, " to ", rank.last);
    OperatorNode op{.name = absl::StrCat(WindowName(rank.window, columns), " ", rows, " in ",
                                         OrderText(rank.order, columns)),
                    .spec = rank};
    Stream stream = Keyed(node, input, meet_by, std::move(op));
    stream.keyed_by = std::move(meet_by);
    return stream;
  }

  Stream BuildWindowJoin(const LogicalNode& node, const LogicalWindowJoin& join,
                         const std::vector<Stream>& inputs) {
    OperatorNode op{.name = Shortened(absl::StrCat(
                        JoinTypeText(join.type), " in ",
                        WindowName(join.left.window, node.inputs[0]->output), ": ",
                        absl::StrJoin(join.left.key_columns, ", ",
                                      [&](std::string* out, int key) {
                                        absl::StrAppend(out,
                                                        node.inputs[0]->output.field(key).name);
                                      }))),
                    .state_id = fingerprints_.IdOf(node),
                    .output = node.output,
                    .spec = WindowJoinSpec{.type = join.type,
                                           .left = join.left,
                                           .right = join.right,
                                           .condition = join.condition}};
    const StageId stage = NewStage(options_.parallelism);
    std::vector<int> left_keys;
    for (size_t side = 0; side < 2; ++side) {
      const WindowJoinSpec::Side& spec = side == 0 ? join.left : join.right;
      std::vector<int> meet_by = spec.key_columns;
      meet_by.push_back(spec.window.start_column);
      for (const StageId from : inputs[side].stages) {
        AddEdge({.from = from,
                 .to = stage,
                 .partitioning = Partitioning::kHash,
                 .key_columns = meet_by,
                 .input = static_cast<int>(side)});
      }
      if (side == 0) left_keys = std::move(meet_by);
    }
    graph_.stages.back().operators.push_back(std::move(op));
    Stream stream{.stages = {stage}, .open = true};
    // Rows of the right input that come alone have no columns of the left one.
    if (!KeepsRight(join.type)) stream.keyed_by = std::move(left_keys);
    return stream;
  }

  absl::StatusOr<Stream> BuildGroupAggregate(const LogicalNode& node,
                                             const LogicalAggregate& aggregate,
                                             const Stream& input) {
    if (options_.state_ttl_ms > 0) {
      return absl::UnimplementedError(
          "GROUP BY without a window under a 'table.exec.state.ttl' is valid in Flink, not built "
          "yet; set it to '0 s', which keeps the state of every group");
    }
    if (options_.job.batch) {
      return absl::UnimplementedError(
          "GROUP BY without a window with 'execution.runtime-mode' = 'batch' is valid in Flink, "
          "not built yet; leave the mode out to get results that are updated");
    }
    return Keyed(
        node, input, aggregate.keys,
        {.name = "GroupAggregate",
         .spec = GroupAggregateSpec{.key_columns = aggregate.keys,
                                    .calls = aggregate.calls,
                                    .emits_update_before = changelogs_.Of(node).update_before}});
  }

  // A stage that all rows of a key meet in, headed by `op`, which gets its name's end, id and
  // output.
  Stream Keyed(const LogicalNode& node, const Stream& input, const std::vector<int>& keys,
               OperatorNode op) {
    if (!keys.empty()) {
      absl::StrAppend(&op.name, " by ", absl::StrJoin(keys, ", ", [&](std::string* out, int key) {
        absl::StrAppend(out, node.input().output.field(key).name);
      }));
    }
    op.name = Shortened(std::move(op.name));
    op.state_id = fingerprints_.IdOf(node);
    op.output = node.output;
    // Without a key all rows belong to one group, which one task owns.
    const StageId stage = NewStage(keys.empty() ? 1 : options_.parallelism);
    const Changelog changelog = changelogs_.Of(node.input()).kind();
    for (const StageId from : input.stages) {
      AddEdge({.from = from,
               .to = stage,
               .partitioning = Partitioning::kHash,
               .key_columns = keys,
               .changelog = changelog});
    }
    graph_.stages.back().operators.push_back(std::move(op));
    std::vector<int> places(keys.size());
    std::iota(places.begin(), places.end(), 0);
    return Stream{.stages = {stage}, .open = true, .keyed_by = std::move(places)};
  }

  absl::StatusOr<Stream> BuildSink(const LogicalNode& node, const LogicalSink& sink,
                                   const Stream& input) {
    OperatorNode op = SinkNode(node, sink);
    const TableOptions& options = std::get<SinkSpec>(op.spec).table.options;
    const auto format = options.find("collect.format");
    const ChangelogMode& mode = changelogs_.Of(node.input());
    if (format != options.end() && format->second != "changelog" && !mode.insert_only()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the output '", format->second, "' shows new rows only, but ",
          OptimizedNodeText(*mode.producer), " changes rows too; use the output 'changelog'"));
    }
    const std::vector<int> key =
        WritesByKey(sink) ? PrimaryKeyColumns(sink) : PartitionsOfOneTask(sink);
    if (key.empty()) return Chain(node, input, std::move(op));
    const auto in_key = [&](int column) {
      return std::find(key.begin(), key.end(), column) != key.end();
    };
    const bool together = input.keyed_by.has_value() &&
                          std::all_of(input.keyed_by->begin(), input.keyed_by->end(), in_key);
    if (together) return Chain(node, input, std::move(op));
    // Rows of a key keep their order only in one task.
    const StageId stage = NewStage(options_.parallelism);
    for (const StageId from : input.stages) {
      AddEdge({.from = from,
               .to = stage,
               .partitioning = Partitioning::kHash,
               .key_columns = key,
               .changelog = changelogs_.Of(node.input()).kind()});
    }
    graph_.stages.back().operators.push_back(std::move(op));
    return Stream{.stages = {stage}};
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
      // A table that is printed row by row cannot take a row back.
      const bool as_changes =
          options_.result_format == "table" && !changelogs_.Of(node.input()).insert_only();
      options["collect.format"] = as_changes ? "changelog" : options_.result_format;
    }
    return {.name = absl::StrCat("Sink: ", sink.table->name),
            .state_id = fingerprints_.IdOf(node),
            .spec = SinkSpec{.table = {.name = sink.table->name,
                                       .options = std::move(options),
                                       .schema = sink.schema,
                                       .primary_key = sink.table->primary_key,
                                       .partition_keys = sink.table->partition_keys,
                                       .metadata = sink.table->MetadataOf(sink.schema)}}};
  }

  // `op`, which `node` becomes, behind the stages of its input.
  Stream Chain(const LogicalNode& node, const Stream& input, OperatorNode op) {
    if (input.open) {
      graph_.stages[input.stages.front().value()].operators.push_back(std::move(op));
      return input;
    }
    // A single chain goes on at its own parallelism, several meet at the job's.
    const int parallelism = input.stages.size() == 1
                                ? graph_.stages[input.stages.front().value()].parallelism
                                : options_.parallelism;
    const StageId stage = NewStage(parallelism);
    const Changelog changelog = changelogs_.Of(node.input()).kind();
    for (const StageId from : input.stages) {
      const bool same = graph_.stages[from.value()].parallelism == parallelism;
      Partitioning partitioning = same ? Partitioning::kForward : Partitioning::kRebalance;
      // Rows that change others must not overtake each other: one task gets them all.
      if (!same && changelog != Changelog::kAppend) partitioning = Partitioning::kHash;
      AddEdge({.from = from, .to = stage, .partitioning = partitioning, .changelog = changelog});
    }
    graph_.stages.back().operators.push_back(std::move(op));
    return Stream{.stages = {stage}, .open = true, .keyed_by = input.keyed_by};
  }

  StageId NewStage(int parallelism) {
    const StageId id(static_cast<int32_t>(graph_.stages.size()));
    graph_.stages.push_back({.id = id, .parallelism = parallelism});
    return id;
  }

  // Whether rows that leave the stage may change others.
  bool ChangesRows(const Stage& stage) const {
    const bool takes_changes =
        std::any_of(graph_.edges.begin(), graph_.edges.end(), [&](const Edge& edge) {
          return edge.to == stage.id && edge.changelog != Changelog::kAppend;
        });
    return takes_changes ||
           std::any_of(stage.operators.begin(), stage.operators.end(), [](const OperatorNode& op) {
             const auto* groups = std::get_if<GroupAggregateSpec>(&op.spec);
             return groups != nullptr && !groups->calls.empty();
           });
  }

  // Numbers `edge` and gives it the columns of its stage.
  void AddEdge(Edge edge) {
    const Stage& from = graph_.stages[edge.from.value()];
    edge.id = EdgeId(static_cast<int32_t>(graph_.edges.size()));
    edge.schema = from.operators.back().output;
    // The reader of a UNION ALL takes changes even if one of its inputs gives none.
    if (!ChangesRows(from)) edge.changelog = Changelog::kAppend;
    graph_.edges.push_back(std::move(edge));
  }

  // "HOP(at, 10 s every 2 s)"
  static std::string WindowName(const WindowSpec& window, const Schema& columns) {
    const std::string& time = columns.field(window.time_column).name;
    const std::string size = DurationText(window.size_ms);
    switch (window.kind) {
      case WindowKind::kTumble:
        return absl::StrCat("TUMBLE(", time, ", ", size, ")");
      case WindowKind::kHop:
        return absl::StrCat("HOP(", time, ", ", size, " every ", DurationText(window.slide_ms),
                            ")");
      case WindowKind::kCumulate:
        return absl::StrCat("CUMULATE(", time, ", up to ", size, " by ",
                            DurationText(window.slide_ms), ")");
      case WindowKind::kSession:
        return absl::StrCat("SESSION(", time, ", gap ", size, ")");
      case WindowKind::kAttached:
        return absl::StrCat("WINDOW(", columns.field(window.start_column).name, ", ", time, ")");
    }
    return "?";
  }

  const JobGraphOptions& options_;
  const Changelogs& changelogs_;
  const std::map<const LogicalNode*, int> readers_;
  JobGraph graph_;
  StateFingerprints fingerprints_;
  std::map<const LogicalNode*, Stream> streams_;
};

}  // namespace

absl::StatusOr<JobGraph> BuildJobGraph(const std::vector<LogicalPlan>& sinks,
                                       const JobGraphOptions& options) {
  const std::vector<LogicalPlan> interned = InternPlans(sinks);
  ASSIGN_OR_RETURN(const Changelogs changelogs, Changelogs::Infer(interned));
  Builder builder(interned, options, changelogs);
  for (const LogicalPlan& sink : interned) RETURN_IF_ERROR(builder.Add(sink));
  JobGraph graph = std::move(builder).Finish();
  RETURN_IF_ERROR(Validate(graph));
  return graph;
}

}  // namespace millrace
