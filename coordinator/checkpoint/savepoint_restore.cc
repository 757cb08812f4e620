#include "coordinator/checkpoint/savepoint_restore.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/restore_decision.h"
#include "coordinator/checkpoint/savepoint_core.h"

namespace millrace {
namespace {

// Brokers forget markers after 7 days by default; a day is for differences between clocks and for
// whoever decides late.
constexpr absl::Duration kMarkersLast = absl::Hours(6 * 24);

// The id of the operator whose state `state_id` is, of those in `known`: its own, or that of a part
// of it ("<id>.dead-letters.<topic>").
std::optional<std::string> OwnerOf(const std::string& state_id,
                                   const std::map<std::string, StageId>& known) {
  if (known.contains(state_id)) return state_id;
  const std::string operator_id = state_id.substr(0, state_id.find('.'));
  if (known.contains(operator_id)) return operator_id;
  return std::nullopt;
}

std::map<std::string, StageId> StagesByStateId(const JobGraph& graph) {
  std::map<std::string, StageId> stages;
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) stages[node.state_id] = stage.id;
  }
  return stages;
}

// "'TUMBLE(at, 1 min) by card' (state 0123456789abcdef)"
std::string NameOf(const std::string& state_id, const JobGraph& graph) {
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) {
      if (node.state_id != state_id) continue;
      return absl::StrCat("'", node.name, "' (state ", state_id, ")");
    }
  }
  return absl::StrCat("state ", state_id);
}

bool IsSink(const std::string& state_id, const JobGraph& graph) {
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) {
      if (node.state_id == state_id) return std::holds_alternative<SinkSpec>(node.spec);
    }
  }
  return false;
}

// Whether nothing is lost with it: what a sink keeps beside keyed state tells which of its output
// is out, and of a savepoint's all is. Dead letters are output as well.
bool IsOnlyAboutOutput(const OperatorSnapshot& snapshot, const Manifest& savepoint) {
  const bool is_output = IsSink(snapshot.state_id, savepoint.graph) ||
                         snapshot.state_id.find(".dead-letters.") != std::string::npos;
  return savepoint.savepoint && is_output && snapshot.keyed.empty() && snapshot.segments.empty();
}

bool IsEmpty(const OperatorSnapshot& snapshot) {
  return snapshot.values.empty() && snapshot.keyed.empty() && snapshot.segments.empty();
}

absl::Status CheckNothingIsLeft(const Manifest& savepoint,
                                const std::map<std::string, StageId>& stages) {
  std::set<std::string> left;
  for (const TaskSnapshot& task : savepoint.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      if (OwnerOf(snapshot.state_id, stages).has_value() || IsEmpty(snapshot)) continue;
      if (IsOnlyAboutOutput(snapshot, savepoint)) continue;
      left.insert(NameOf(snapshot.state_id, savepoint.graph));
    }
  }
  if (left.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the savepoint holds state that no operator of the new job takes: ",
                   absl::StrJoin(left, ", "),
                   ". Keep these tables and queries as they were, or leave their state behind with "
                   "--allow-non-restored-state"));
}

// That every task is one of the savepoint's own graph.
absl::Status CheckTaskIds(const Manifest& savepoint) {
  for (const TaskSnapshot& task : savepoint.tasks) {
    const auto stage = static_cast<size_t>(task.task.stage.value());
    const bool is_known = stage < savepoint.graph.stages.size() && task.task.index >= 0 &&
                          task.task.index < savepoint.graph.stages[stage].parallelism;
    if (!is_known) {
      return absl::DataLossError(absl::StrCat("the savepoint holds task ", task.task.stage.value(),
                                              "/", task.task.index, ", which its plan lacks"));
    }
  }
  return absl::OkStatus();
}

// Tasks of the new stages, to be filled.
class FittedTasks {
 public:
  FittedTasks(const JobGraph& graph, Manifest& fitted) : fitted_(fitted) {
    fitted_.graph = graph;
    for (Stage& stage : fitted_.graph.stages) stage.parallelism = 1;
  }

  TaskSnapshot& At(StageId stage, int32_t index) {
    Stage& shape = fitted_.graph.stages[static_cast<size_t>(stage.value())];
    shape.parallelism = std::max(shape.parallelism, index + 1);
    const TaskId id{stage, index};
    return tasks_.try_emplace(id, TaskSnapshot{.task = id}).first->second;
  }

  void Finish() {
    for (const Stage& stage : fitted_.graph.stages) {
      for (int32_t index = 0; index < stage.parallelism; ++index) At(stage.id, index);
    }
    for (auto& [id, task] : tasks_) fitted_.tasks.push_back(std::move(task));
  }

 private:
  Manifest& fitted_;
  std::map<TaskId, TaskSnapshot> tasks_;
};

}  // namespace

absl::StatusOr<Manifest> FitToJob(const Manifest& savepoint, const JobGraph& graph,
                                  bool allow_non_restored_state) {
  RETURN_IF_ERROR(CheckRestorable(savepoint, graph));
  RETURN_IF_ERROR(CheckTaskIds(savepoint));
  const std::map<std::string, StageId> stages = StagesByStateId(graph);
  if (!allow_non_restored_state) RETURN_IF_ERROR(CheckNothingIsLeft(savepoint, stages));

  Manifest fitted = savepoint;
  fitted.tasks.clear();
  FittedTasks tasks(graph, fitted);
  for (const TaskSnapshot& former : savepoint.tasks) {
    for (const OperatorSnapshot& snapshot : former.operators) {
      const std::optional<std::string> owner = OwnerOf(snapshot.state_id, stages);
      if (!owner.has_value()) continue;
      tasks.At(stages.at(*owner), former.task.index).operators.push_back(snapshot);
    }
    // A stage is known by its first operator: the watermarks are those of that one's input.
    const Stage& stage = savepoint.graph.stages[static_cast<size_t>(former.task.stage.value())];
    const auto same = stages.find(stage.operators.empty() ? "" : stage.operators[0].state_id);
    if (same == stages.end()) continue;
    const Stage& now = graph.stages[static_cast<size_t>(same->second.value())];
    if (now.operators[0].state_id != same->first) continue;
    TaskSnapshot& task = tasks.At(now.id, former.task.index);
    task.input_watermarks = former.input_watermarks;
    task.finished = former.finished;
  }
  tasks.Finish();
  return fitted;
}

std::vector<std::string> OperatorsWithoutState(const Manifest& restored, const JobGraph& graph) {
  std::set<std::string> found;
  for (const TaskSnapshot& task : restored.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) found.insert(snapshot.state_id);
  }
  std::vector<std::string> names;
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) {
      const bool has_state = !std::holds_alternative<CalcSpec>(node.spec) &&
                             !std::holds_alternative<SinkSpec>(node.spec);
      if (has_state && !found.contains(node.state_id)) names.push_back(node.name);
    }
  }
  return names;
}

absl::Status CheckMayRestore(const Manifest& manifest, bool job_is_active, absl::Time now) {
  if (manifest.savepoint) return absl::OkStatus();
  const std::string& job = manifest.job.value();
  if (job_is_active) {
    return absl::FailedPreconditionError(
        absl::StrCat("this is a checkpoint of ", job,
                     ", which goes on from it itself: take a savepoint, `millrace job savepoint ",
                     job, "`, or stop the job first"));
  }
  const absl::Duration age = now - absl::FromUnixMillis(manifest.created_unix_ms);
  if (!FirstUnpublished(manifest).has_value() || age < kMarkersLast) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "this checkpoint of ", job, " is of ",
      absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMillis(manifest.created_unix_ms),
                       absl::UTCTimeZone()),
      " UTC and has output that may or may not be published; the brokers forget that after 7 days, "
      "so rows could come twice. Begin from a savepoint, or submit the script as a new job"));
}

}  // namespace millrace
