#include "common/plan/job_graph.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/columnar/key_codec.h"
#include "common/plan/operator_rules.h"

namespace millrace {
namespace {

constexpr int32_t kMostKeyGroups = 32768;

absl::Status Broken(const std::string& problem) { return absl::InvalidArgumentError(problem); }

// `status` with the place in front.
absl::Status At(const std::string& place, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(place, ": ", status.message()));
}

bool IsSource(const OperatorNode& node) { return std::holds_alternative<SourceSpec>(node.spec); }
bool IsSink(const OperatorNode& node) { return std::holds_alternative<SinkSpec>(node.spec); }

absl::Status CheckOptions(const JobOptions& options) {
  if (options.max_parallelism < 1 || options.max_parallelism > kMostKeyGroups) {
    return Broken(absl::StrCat("the maximum parallelism is ", options.max_parallelism,
                               ", it must be in 1..", kMostKeyGroups));
  }
  if (options.checkpoint_interval_ms < 0) return Broken("the checkpoint interval is negative");
  if (options.checkpoint_timeout_ms <= 0) return Broken("the checkpoint timeout is not positive");
  if (options.materialize_every <= 0) return Broken("materialize_every is not positive");
  return absl::OkStatus();
}

// Ids, parallelism and the places of sources and sinks.
absl::Status CheckStage(const JobGraph& graph, const Stage& stage) {
  if (stage.parallelism < 1 || stage.parallelism > graph.options.max_parallelism) {
    return Broken(absl::StrCat("its parallelism is ", stage.parallelism, ", it must be in 1..",
                               graph.options.max_parallelism));
  }
  if (stage.operators.empty()) return Broken("it has no operators");
  for (size_t i = 0; i < stage.operators.size(); ++i) {
    const bool is_first = i == 0;
    const bool is_last = i + 1 == stage.operators.size();
    if (IsSource(stage.operators[i]) && !is_first) return Broken("only its first may be a source");
    if (IsSink(stage.operators[i]) && !is_last) return Broken("only its last may be a sink");
    if (InputsOf(stage.operators[i].spec) > 1 && !is_first) {
      return Broken("only its first may have two inputs");
    }
  }
  const bool has_input = !InputEdges(graph, stage.id).empty();
  const std::vector<EdgeId> outputs = OutputEdges(graph, stage.id);
  const bool has_output = std::any_of(outputs.begin(), outputs.end(), [&](EdgeId id) {
    return !graph.edges[id.value()].late.has_value();
  });
  if (IsSource(stage.operators.front()) == has_input) {
    return Broken(has_input ? "it begins with a source, and an edge leads to it"
                            : "it has neither a source nor an edge that leads to it");
  }
  if (IsSink(stage.operators.back()) == has_output) {
    return Broken(has_output ? "it ends with a sink, and an edge leaves it"
                             : "it has neither a sink nor an edge that leaves it");
  }
  return absl::OkStatus();
}

absl::Status CheckKeys(const Edge& edge) {
  if (edge.partitioning != Partitioning::kHash) {
    return edge.key_columns.empty() ? absl::OkStatus() : Broken("only a hash edge has keys");
  }
  for (const int key : edge.key_columns) {
    if (key < 0 || key >= edge.schema.size()) {
      return Broken(absl::StrCat("its key is column ", key, " of ", edge.schema.size()));
    }
  }
  return KeyCodec::Create(edge.schema, edge.key_columns).status();
}

// What its stage gives to it. REQUIRES: the stage is there and has operators.
absl::StatusOr<Schema> GivenSchema(const JobGraph& graph, const Edge& edge) {
  const Stage& from = graph.stages[edge.from.value()];
  if (!edge.late.has_value()) return from.operators.back().output;
  const LateRows& late = *edge.late;
  const auto operators = static_cast<int>(from.operators.size());
  if (late.position < 0 || late.position >= operators || late.input < 0 ||
      late.input >= InputsOf(from.operators[static_cast<size_t>(late.position)].spec)) {
    return Broken(absl::StrCat("it carries late rows of input ", late.input, " of operator ",
                               late.position, ", which its stage has not"));
  }
  return InputSchemas(graph, from, late.position)[static_cast<size_t>(late.input)];
}

// REQUIRES: its stages are there and have operators.
absl::Status CheckEdge(const JobGraph& graph, const Edge& edge) {
  const Stage& from = graph.stages[edge.from.value()];
  const Stage& to = graph.stages[edge.to.value()];
  switch (edge.partitioning) {
    case Partitioning::kForward:
      if (from.parallelism == to.parallelism) break;
      return Broken(absl::StrCat("a forward edge joins stages of ", from.parallelism, " and ",
                                 to.parallelism, " tasks"));
    case Partitioning::kHash:
    case Partitioning::kRebalance:
    case Partitioning::kBroadcast:
      break;
    default:
      return Broken("its partitioning is unknown");
  }
  if (edge.changelog < Changelog::kAppend || edge.changelog > Changelog::kRetract) {
    return Broken("its changelog is unknown");
  }
  // Batches of one key must not overtake each other.
  if (edge.partitioning == Partitioning::kRebalance && edge.changelog != Changelog::kAppend) {
    return Broken("it spreads rows that change others over all tasks");
  }
  ASSIGN_OR_RETURN(const Schema given, GivenSchema(graph, edge));
  if (!HaveSameTypes(edge.schema, given)) {
    return Broken(absl::StrCat("it carries ", edge.schema.ToString(), ", its stage gives ",
                               given.ToString()));
  }
  if (edge.input < 0 || edge.input >= InputsOf(to.operators.front().spec)) {
    return Broken(absl::StrCat("it leads to input ", edge.input, " of ", to.operators.front().name,
                               ", which has ", InputsOf(to.operators.front().spec)));
  }
  const Schema expected = InputSchemas(graph, to, 0)[static_cast<size_t>(edge.input)];
  if (!HaveSameTypes(edge.schema, expected)) {
    return Broken(absl::StrCat("it carries ", edge.schema.ToString(), ", another edge to stage ",
                               edge.to.value(), " ", expected.ToString()));
  }
  return CheckKeys(edge);
}

absl::Status CheckIds(const JobGraph& graph) {
  if (graph.stages.empty()) return Broken("it has no stages");
  for (size_t i = 0; i < graph.stages.size(); ++i) {
    if (graph.stages[i].id != StageId(static_cast<int32_t>(i))) {
      return Broken(absl::StrCat("stage ", i, " has the id ", graph.stages[i].id.value()));
    }
  }
  const auto is_stage = [&](StageId id) {
    return id.value() >= 0 && id.value() < static_cast<int32_t>(graph.stages.size());
  };
  for (size_t i = 0; i < graph.edges.size(); ++i) {
    const Edge& edge = graph.edges[i];
    if (edge.id != EdgeId(static_cast<int32_t>(i))) {
      return Broken(absl::StrCat("edge ", i, " has the id ", edge.id.value()));
    }
    if (!is_stage(edge.from) || !is_stage(edge.to)) {
      return Broken(absl::StrCat("edge ", i, " leads from stage ", edge.from.value(), " to stage ",
                                 edge.to.value(), " of ", graph.stages.size()));
    }
  }
  return absl::OkStatus();
}

// Takes away stages that nothing leads to, again and again (Kahn 1962): what is left is a cycle.
absl::Status CheckAcyclic(const JobGraph& graph) {
  std::vector<int> inputs(graph.stages.size(), 0);
  for (const Edge& edge : graph.edges) ++inputs[edge.to.value()];
  std::deque<StageId> ready;
  for (const Stage& stage : graph.stages) {
    if (inputs[stage.id.value()] == 0) ready.push_back(stage.id);
  }
  while (!ready.empty()) {
    const StageId stage = ready.front();
    ready.pop_front();
    for (const EdgeId edge : OutputEdges(graph, stage)) {
      const StageId to = graph.edges[edge.value()].to;
      if (--inputs[to.value()] == 0) ready.push_back(to);
    }
  }
  for (const Stage& stage : graph.stages) {
    if (inputs[stage.id.value()] > 0) {
      return Broken(absl::StrCat("stage ", stage.id.value(), " is part of or behind a cycle"));
    }
  }
  return absl::OkStatus();
}

// Whether it takes new rows only.
bool IsAppendOnly(const OperatorNode& node) {
  return std::holds_alternative<WindowAggregateSpec>(node.spec) ||
         std::holds_alternative<GroupAggregateSpec>(node.spec) ||
         std::holds_alternative<WindowTvfSpec>(node.spec) ||
         std::holds_alternative<WindowRankSpec>(node.spec) ||
         std::holds_alternative<WindowJoinSpec>(node.spec);
}

// Whether the edges say truly if rows change others, and nobody gets such rows who cannot take
// them.
absl::Status CheckChangelog(const JobGraph& graph, const Stage& stage) {
  const auto changes = [](const Edge& edge) { return edge.changelog != Changelog::kAppend; };
  bool has_changes = false;
  for (const EdgeId id : InputEdges(graph, stage.id)) {
    has_changes = has_changes || changes(graph.edges[id.value()]);
  }
  for (const OperatorNode& node : stage.operators) {
    if (has_changes && IsAppendOnly(node)) {
      return Broken(absl::StrCat(node.name, " gets rows that change others"));
    }
    const auto* aggregate = std::get_if<GroupAggregateSpec>(&node.spec);
    has_changes = has_changes || (aggregate != nullptr && !aggregate->calls.empty());
  }
  for (const EdgeId id : OutputEdges(graph, stage.id)) {
    // What is late enters an operator that takes new rows only.
    const bool expected = has_changes && !graph.edges[id.value()].late.has_value();
    if (changes(graph.edges[id.value()]) == expected) continue;
    return Broken(absl::StrCat("edge ", id.value(), " says that rows ",
                               expected ? "only add" : "change others", ", which is not so"));
  }
  return absl::OkStatus();
}

absl::Status CheckOperators(const JobGraph& graph, const Stage& stage,
                            std::set<std::string>& state_ids) {
  for (size_t i = 0; i < stage.operators.size(); ++i) {
    const OperatorNode& node = stage.operators[i];
    const std::string place = absl::StrCat("operator ", i, " (", node.name, ")");
    if (node.state_id.empty()) return At(place, Broken("it has no state id"));
    if (!state_ids.insert(node.state_id).second) {
      return At(place, Broken(absl::StrCat("the state id ", node.state_id, " is used twice")));
    }
    RETURN_IF_ERROR(
        At(place, CheckOperator(node, InputSchemas(graph, stage, static_cast<int>(i)))));
  }
  return absl::OkStatus();
}

absl::Status Check(const JobGraph& graph) {
  RETURN_IF_ERROR(CheckOptions(graph.options));
  RETURN_IF_ERROR(CheckIds(graph));
  const auto stage_name = [](const Stage& stage) {
    return absl::StrCat("stage ", stage.id.value(), " (", stage.name, ")");
  };
  for (const Stage& stage : graph.stages) {
    RETURN_IF_ERROR(At(stage_name(stage), CheckStage(graph, stage)));
  }
  RETURN_IF_ERROR(CheckAcyclic(graph));
  for (const Edge& edge : graph.edges) {
    RETURN_IF_ERROR(At(absl::StrCat("edge ", edge.id.value()), CheckEdge(graph, edge)));
  }
  std::set<std::string> state_ids;
  for (const Stage& stage : graph.stages) {
    RETURN_IF_ERROR(At(stage_name(stage), CheckOperators(graph, stage, state_ids)));
    RETURN_IF_ERROR(At(stage_name(stage), CheckChangelog(graph, stage)));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<EdgeId> InputEdges(const JobGraph& graph, StageId stage) {
  std::vector<EdgeId> edges;
  for (const Edge& edge : graph.edges) {
    if (edge.to == stage) edges.push_back(edge.id);
  }
  return edges;
}

std::vector<EdgeId> OutputEdges(const JobGraph& graph, StageId stage) {
  std::vector<EdgeId> edges;
  for (const Edge& edge : graph.edges) {
    if (edge.from == stage) edges.push_back(edge.id);
  }
  return edges;
}

std::vector<Schema> InputSchemas(const JobGraph& graph, const Stage& stage, int position) {
  if (position > 0) return {stage.operators[static_cast<size_t>(position) - 1].output};
  std::vector<Schema> schemas(static_cast<size_t>(InputsOf(stage.operators.front().spec)));
  std::vector<bool> found(schemas.size(), false);
  for (const EdgeId id : InputEdges(graph, stage.id)) {
    const Edge& edge = graph.edges[id.value()];
    const auto input = static_cast<size_t>(edge.input);
    if (edge.input < 0 || input >= schemas.size() || found[input]) continue;
    schemas[input] = edge.schema;
    found[input] = true;
  }
  return schemas;
}

absl::Status Validate(const JobGraph& graph) {
  return At(absl::StrCat("job '", graph.name, "'"), Check(graph));
}

}  // namespace millrace
