#include "coordinator/sql/optimize/optimizer.h"

#include <utility>

#include "common/base/status_macros.h"
#include "coordinator/sql/optimize/calc_merging.h"
#include "coordinator/sql/optimize/column_pruning.h"
#include "coordinator/sql/optimize/constant_folding.h"
#include "coordinator/sql/optimize/expand_pushdown.h"
#include "coordinator/sql/optimize/extreme_fusion.h"
#include "coordinator/sql/optimize/scan_pruning.h"
#include "coordinator/sql/optimize/session_zone.h"
#include "coordinator/sql/optimize/window_fusion.h"
#include "coordinator/sql/optimize/window_join_fusion.h"
#include "coordinator/sql/optimize/window_rank_fusion.h"

namespace millrace {

absl::StatusOr<LogicalPlan> OptimizeAlone(LogicalPlan sink) {
  LogicalPlan plan = FoldConstants(sink);
  plan = MergeCalcs(plan);
  plan = PushExpandsBelowWindows(plan);
  ASSIGN_OR_RETURN(plan, FuseWindowAggregates(plan));
  plan = MergeCalcs(plan);
  plan = FuseExtremes(plan);
  ASSIGN_OR_RETURN(plan, FuseWindowJoins(plan));
  plan = MergeCalcs(plan);
  ASSIGN_OR_RETURN(plan, FuseWindowRanks(plan));
  plan = MergeCalcs(plan);
  plan = SpreadWindowZones(plan);
  plan = FoldConstants(plan);
  plan = PruneColumns(plan);
  return MergeCalcs(plan);
}

absl::StatusOr<std::vector<LogicalPlan>> Optimize(std::vector<LogicalPlan> sinks) {
  for (LogicalPlan& sink : sinks) {
    ASSIGN_OR_RETURN(sink, OptimizeAlone(std::move(sink)));
  }
  sinks = PruneScans(sinks);
  for (LogicalPlan& sink : sinks) sink = DropIdentityCalcs(sink);
  return sinks;
}

}  // namespace millrace
