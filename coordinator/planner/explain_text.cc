#include "coordinator/planner/explain_text.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "coordinator/planner/changelogs.h"
#include "coordinator/planner/plan_interning.h"
#include "coordinator/planner/session_sinks.h"
#include "coordinator/planner/state_text.h"
#include "coordinator/sql/bind/plan_text.h"
#include "coordinator/sql/optimize/optimizer.h"

namespace millrace {
namespace {

std::string EdgeText(const Edge& edge) {
  switch (edge.partitioning) {
    case Partitioning::kForward:
      return "forward";
    case Partitioning::kHash:
      return absl::StrCat("hash(",
                          absl::StrJoin(edge.key_columns, ", ",
                                        [&](std::string* out, int key) {
                                          absl::StrAppend(out, edge.schema.field(key).name);
                                        }),
                          ")");
    case Partitioning::kRebalance:
      return "rebalance";
    case Partitioning::kBroadcast:
      return "broadcast";
  }
  return "?";
}

const char* ChangelogText(Changelog changelog) {
  switch (changelog) {
    case Changelog::kAppend:
      return "";
    case Changelog::kUpsert:
      return ", upserts";
    case Changelog::kRetract:
      return ", retractions";
  }
  return "?";
}

std::string InputText(const Stage& stage, const Edge& edge) {
  const char* side = "";
  if (InputsOf(stage.operators.front().spec) > 1) side = edge.input == 0 ? ", left" : ", right";
  return absl::StrCat(side, edge.late.has_value() ? ", late rows" : "");
}

}  // namespace

absl::StatusOr<std::string> ExplainText(const std::vector<LogicalPlan>& sinks,
                                        const JobGraphOptions& options) {
  ASSIGN_OR_RETURN(std::vector<LogicalPlan> optimized, Optimize(InSession(sinks, options)));
  optimized = InternPlans(optimized);
  ASSIGN_OR_RETURN(const JobGraph graph, BuildJobGraph(optimized, options));
  ASSIGN_OR_RETURN(const Changelogs changelogs, Changelogs::Infer(optimized));
  const auto mode = [&](const LogicalNode& node) { return changelogs.TextOf(node); };
  std::string text = "== Abstract Syntax Tree ==\n";
  for (const LogicalPlan& sink : sinks) absl::StrAppend(&text, LogicalPlanText(sink));
  absl::StrAppend(&text, "\n== Optimized Physical Plan ==\n");
  for (const LogicalPlan& sink : optimized) absl::StrAppend(&text, OptimizedPlanText(sink, mode));
  absl::StrAppend(&text, "\n== Optimized Execution Plan ==\n", JobGraphText(graph));
  return text;
}

std::string JobGraphText(const JobGraph& graph) {
  std::string text;
  for (const Stage& stage : graph.stages) {
    absl::StrAppend(&text, "Stage ", stage.id.value(), ", parallelism ", stage.parallelism, "\n");
    const std::vector<EdgeId> inputs = InputEdges(graph, stage.id);
    for (const EdgeId id : inputs) {
      const Edge& edge = graph.edges[id.value()];
      absl::StrAppend(&text, "  <- ", EdgeText(edge), " from stage ", edge.from.value(),
                      ChangelogText(edge.changelog), InputText(stage, edge), "\n");
    }
    Schema input = inputs.empty() ? Schema() : graph.edges[inputs.front().value()].schema;
    for (const OperatorNode& node : stage.operators) {
      absl::StrAppend(&text, "  ", node.name, "  [", node.state_id, "]\n");
      const std::string state = StateText(node.spec, input);
      if (!state.empty()) absl::StrAppend(&text, "    keeps ", state, "\n");
      input = node.output;
    }
  }
  return text;
}

}  // namespace millrace
