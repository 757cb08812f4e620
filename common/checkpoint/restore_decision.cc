#include "common/checkpoint/restore_decision.h"

#include <algorithm>
#include <map>
#include <set>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

std::string Name(const TaskId& task) { return absl::StrCat(task.stage.value(), "/", task.index); }

// Every task of the manifest's own graph left exactly one snapshot.
absl::Status CheckTasks(const Manifest& manifest) {
  std::set<TaskId> seen;
  for (const TaskSnapshot& task : manifest.tasks) {
    if (!seen.insert(task.task).second) {
      return absl::DataLossError(absl::StrCat("the checkpoint of epoch ", manifest.epoch.value(),
                                              " holds task ", Name(task.task), " twice"));
    }
  }
  for (const Stage& stage : manifest.graph.stages) {
    for (int32_t index = 0; index < stage.parallelism; ++index) {
      const TaskId task{stage.id, index};
      if (!seen.contains(task)) {
        return absl::DataLossError(absl::StrCat("the checkpoint of epoch ", manifest.epoch.value(),
                                                " lacks task ", Name(task)));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckKeyGroups(const Manifest& manifest) {
  std::map<std::string, std::vector<KeyGroupRange>> owned;
  for (const TaskSnapshot& task : manifest.tasks) {
    for (const OperatorSnapshot& snapshot : task.operators) {
      for (const KeyedStateSnapshot& keyed : snapshot.keyed) {
        owned[snapshot.state_id].push_back(keyed.key_groups);
      }
    }
  }
  for (auto& [state_id, ranges] : owned) {
    std::sort(ranges.begin(), ranges.end(),
              [](const KeyGroupRange& a, const KeyGroupRange& b) { return a.begin < b.begin; });
    for (size_t i = 1; i < ranges.size(); ++i) {
      if (ranges[i].begin < ranges[i - 1].end) {
        return absl::DataLossError(absl::StrCat("the checkpoint of epoch ", manifest.epoch.value(),
                                                " holds key group ", ranges[i].begin, " of state ",
                                                state_id, " twice"));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RestoreChoice> ChooseRestore(const std::vector<RestoreCandidate>& candidates,
                                            bool may_fall_back) {
  if (candidates.empty()) return RestoreChoice{};
  std::string damaged;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0 && !may_fall_back) break;
    if (candidates[i].read.ok()) return RestoreChoice{.candidate = i, .warning = damaged};
    absl::StrAppend(&damaged, damaged.empty() ? "" : "; ", "epoch ",
                    candidates[i].ref.epoch.value(), ": ", candidates[i].read.message());
  }
  return absl::DataLossError(absl::StrCat(
      "no checkpoint can be restored: ", damaged,
      may_fall_back ? "" : " (an older one would write output twice, so none was tried)",
      "; repair the files, begin a new job from a savepoint (`millrace job restore`), or submit "
      "the "
      "script anew"));
}

bool MayFallBack(const JobGraph& graph) {
  for (const Stage& stage : graph.stages) {
    for (const OperatorNode& node : stage.operators) {
      const SinkSpec* sink = std::get_if<SinkSpec>(&node.spec);
      if (sink == nullptr) continue;
      const auto connector = sink->table.options.find("connector");
      if (connector != sink->table.options.end() && connector->second == "filesystem") return false;
      const auto guarantee = sink->table.options.find("sink.delivery-guarantee");
      if (guarantee != sink->table.options.end() && guarantee->second == "exactly-once") {
        return false;
      }
      const bool by_default = guarantee == sink->table.options.end() &&
                              connector != sink->table.options.end() &&
                              connector->second.ends_with("kafka");
      if (by_default) return false;
    }
  }
  return true;
}

absl::Status CheckRestorable(const Manifest& manifest, const JobGraph& graph) {
  if (manifest.graph.options.max_parallelism != graph.options.max_parallelism) {
    return absl::FailedPreconditionError(
        absl::StrCat("the checkpoint was taken with ", manifest.graph.options.max_parallelism,
                     " key groups, the job has ", graph.options.max_parallelism,
                     ": their number is fixed for the life of the state"));
  }
  RETURN_IF_ERROR(CheckTasks(manifest));
  return CheckKeyGroups(manifest);
}

}  // namespace millrace
