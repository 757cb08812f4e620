// Which kinds of rows every node of a plan gives, and whether its readers can take them.
//
// Flink's rules: what a node may do to rows it gave before follows from the leaves up; whether an
// update comes with the row before it (-U) follows from the sinks down, for it costs twice the
// rows. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/job_graph.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

struct ChangelogMode {
  bool updates = false;
  bool deletes = false;
  bool update_before = false;             // An update is -U and +U, not +U alone.
  const LogicalNode* producer = nullptr;  // The first node that changes rows, if any does.

  bool insert_only() const { return !updates && !deletes; }
  Changelog kind() const;
  // As Flink prints it: "[I]", "[I,UA]", "[I,UB,UA,D]".
  std::string ToString() const;
};

class Changelogs {
 public:
  // Of what Optimize gave, interned. kInvalidArgument, naming table and node, for a sink that
  // cannot take the rows of its query; kUnimplemented for what Flink can do with them and this
  // cannot yet.
  static absl::StatusOr<Changelogs> Infer(const std::vector<LogicalPlan>& sinks);

  // REQUIRES: `node` is one of the plans' and no sink.
  const ChangelogMode& Of(const LogicalNode& node) const { return modes_.at(&node); }
  // "[NONE]" for a sink.
  std::string TextOf(const LogicalNode& node) const;

 private:
  absl::StatusOr<ChangelogMode> InferNode(const LogicalNode& node);
  absl::StatusOr<ChangelogMode> ModeOf(const LogicalNode& node, const ChangelogMode& input) const;
  absl::Status CheckSink(const LogicalNode& node) const;
  void Require(const LogicalNode& node);

  std::map<const LogicalNode*, ChangelogMode> modes_;
};

}  // namespace millrace
