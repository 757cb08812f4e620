#include "coordinator/planner/changelogs.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "coordinator/catalog/option_spec.h"
#include "coordinator/planner/upsert_keys.h"
#include "coordinator/sql/bind/plan_text.h"

namespace millrace {
namespace {

SinkChanges ChangesOf(const LogicalSink& sink) {
  const auto connector = sink.table->options.find("connector");
  if (connector == sink.table->options.end()) return SinkChanges::kNone;
  const ConnectorSpec* spec = FindConnector(connector->second);
  return spec == nullptr ? SinkChanges::kNone : spec->changes;
}

const char* ChangesText(const ChangelogMode& mode) {
  return mode.deletes ? "updates and deletes" : "updates";
}

bool HasCondition(const LogicalNode& node) {
  const auto* calc = std::get_if<LogicalCalc>(&node.spec);
  return calc != nullptr && calc->condition != nullptr;
}

// Takes new rows only, and gives such.
bool IsOfWindows(const LogicalNode& node) {
  return std::holds_alternative<LogicalWindowAggregate>(node.spec) ||
         std::holds_alternative<LogicalWindowTvf>(node.spec) ||
         std::holds_alternative<LogicalWindowRank>(node.spec) ||
         std::holds_alternative<LogicalWindowJoin>(node.spec);
}

}  // namespace

Changelog ChangelogMode::kind() const {
  if (insert_only()) return Changelog::kAppend;
  return update_before ? Changelog::kRetract : Changelog::kUpsert;
}

std::string ChangelogMode::ToString() const {
  return absl::StrCat("[I", updates && update_before ? ",UB" : "", updates ? ",UA" : "",
                      deletes ? ",D" : "", "]");
}

absl::StatusOr<Changelogs> Changelogs::Infer(const std::vector<LogicalPlan>& sinks) {
  Changelogs changelogs;
  for (const LogicalPlan& sink : sinks) {
    RETURN_IF_ERROR(changelogs.InferNode(sink->input()).status());
    RETURN_IF_ERROR(changelogs.CheckSink(*sink));
  }
  for (const LogicalPlan& sink : sinks) {
    if (ChangesOf(std::get<LogicalSink>(sink->spec)) == SinkChanges::kRetracts) {
      changelogs.Require(sink->input());
    }
  }
  // A condition must see the row before to know whether it has let it pass.
  for (const auto& [node, mode] : changelogs.modes_) {
    if (mode.updates && HasCondition(*node)) changelogs.Require(*node);
  }
  return changelogs;
}

std::string Changelogs::TextOf(const LogicalNode& node) const {
  const auto found = modes_.find(&node);
  return found == modes_.end() ? "[NONE]" : found->second.ToString();
}

absl::StatusOr<ChangelogMode> Changelogs::InferNode(const LogicalNode& node) {
  const auto known = modes_.find(&node);
  if (known != modes_.end()) return known->second;
  ChangelogMode input;  // Of all inputs together.
  for (const LogicalPlan& plan : node.inputs) {
    ASSIGN_OR_RETURN(const ChangelogMode mode, InferNode(*plan));
    input.updates = input.updates || mode.updates;
    input.deletes = input.deletes || mode.deletes;
    if (input.producer == nullptr) input.producer = mode.producer;
  }
  ASSIGN_OR_RETURN(const ChangelogMode mode, ModeOf(node, input));
  modes_.emplace(&node, mode);
  return mode;
}

absl::StatusOr<ChangelogMode> Changelogs::ModeOf(const LogicalNode& node,
                                                 const ChangelogMode& input) const {
  const auto* group = std::get_if<LogicalAggregate>(&node.spec);
  if (group == nullptr && !IsOfWindows(node)) {
    ChangelogMode mode = input;
    // An update after which the condition does not hold any more is a deletion.
    mode.deletes = mode.deletes || (mode.updates && HasCondition(node));
    return mode;
  }
  if (!input.insert_only()) {
    return absl::UnimplementedError(absl::StrCat(
        OptimizedNodeText(node), " over rows that change, by the ", ChangesText(input), " of ",
        OptimizedNodeText(*input.producer), ", is valid Flink SQL, not built yet"));
  }
  // Without aggregates the row of a group never changes.
  if (group == nullptr || group->calls.empty()) return ChangelogMode{};
  return ChangelogMode{.updates = true, .producer = &node};
}

absl::Status Changelogs::CheckSink(const LogicalNode& node) const {
  const auto& sink = std::get<LogicalSink>(node.spec);
  const ChangelogMode& input = Of(node.input());
  if (input.insert_only()) return absl::OkStatus();
  if (ChangesOf(sink) == SinkChanges::kNone) {
    return absl::InvalidArgumentError(
        absl::StrCat("the table '", sink.table->name, "' ('connector' = '",
                     sink.table->options.at("connector"), "') takes new rows only, but ",
                     OptimizedNodeText(*input.producer), " also gives ", ChangesText(input),
                     " of rows; write to an 'upsert-kafka' table whose PRIMARY KEY is the "
                     "GROUP BY, or group by a window"));
  }
  return CheckUpsertKey(node);
}

void Changelogs::Require(const LogicalNode& node) {
  ChangelogMode& mode = modes_.at(&node);
  if (!mode.updates || mode.update_before) return;
  mode.update_before = true;
  for (const LogicalPlan& input : node.inputs) Require(*input);
}

}  // namespace millrace
