#include "coordinator/sql/optimize/scan_pruning.h"

#include <utility>

#include "common/base/check.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/optimize/field_use.h"

namespace millrace {
namespace {

// The scans that become one, what is read of them, and the one.
struct SharedScan {
  const LogicalNode* node = nullptr;
  ColumnUse use;
  LogicalPlan pruned;

  const LogicalScan& scan() const { return std::get<LogicalScan>(node->spec); }
};

class ScanSharing {
 public:
  void Collect(const LogicalNode& node) {
    for (const LogicalPlan& input : node.inputs) Collect(*input);
    const auto* calc = std::get_if<LogicalCalc>(&node.spec);
    if (calc == nullptr || !std::holds_alternative<LogicalScan>(node.input().spec)) return;
    SharedScan& shared = Find(node.input());
    if (calc->condition != nullptr) CollectUse(calc->condition, shared.use);
    for (const ExpressionPtr& projection : calc->projections) CollectUse(projection, shared.use);
  }

  void Build() {
    for (SharedScan& shared : scans_) {
      const LogicalScan& scan = shared.scan();
      if (scan.watermark != nullptr) CollectUse(scan.watermark, shared.use);
      // A batch always has a column: it is what carries the number of rows.
      if (shared.use.empty()) shared.use[0].whole = true;
      Schema schema = PruneSchema(shared.node->output, shared.use);
      LogicalScan pruned{.table = scan.table, .options = scan.options};
      if (scan.watermark != nullptr) {
        pruned.watermark = RewriteToUse(scan.watermark, schema, shared.use);
      }
      shared.pruned = MakeScan(std::move(pruned), std::move(schema));
    }
  }

  LogicalPlan Rewrite(const LogicalPlan& plan) {
    CHECK(!std::holds_alternative<LogicalScan>(plan->spec));
    const auto* calc = std::get_if<LogicalCalc>(&plan->spec);
    if (calc != nullptr && std::holds_alternative<LogicalScan>(plan->input().spec)) {
      return RewriteReader(*plan, *calc, Find(plan->input()));
    }
    std::vector<LogicalPlan> inputs;
    for (const LogicalPlan& input : plan->inputs) inputs.push_back(Rewrite(input));
    return WithInputs(*plan, std::move(inputs));
  }

 private:
  SharedScan& Find(const LogicalNode& node) {
    const auto& scan = std::get<LogicalScan>(node.spec);
    for (SharedScan& shared : scans_) {
      if (shared.scan().table == scan.table && shared.scan().options == scan.options) return shared;
    }
    return scans_.emplace_back(SharedScan{.node = &node});
  }

  static LogicalPlan RewriteReader(const LogicalNode& node, const LogicalCalc& calc,
                                   const SharedScan& shared) {
    const Schema& schema = shared.pruned->output;
    LogicalCalc rewritten;
    if (calc.condition != nullptr) {
      rewritten.condition = RewriteToUse(calc.condition, schema, shared.use);
    }
    for (const ExpressionPtr& projection : calc.projections) {
      rewritten.projections.push_back(RewriteToUse(projection, schema, shared.use));
    }
    LogicalPlan reader = MakeCalc(shared.pruned, std::move(rewritten), ColumnNames(node.output));
    return WithRoles(*reader, node.roles);
  }

  std::vector<SharedScan> scans_;
};

}  // namespace

std::vector<LogicalPlan> PruneScans(const std::vector<LogicalPlan>& sinks) {
  ScanSharing sharing;
  for (const LogicalPlan& sink : sinks) sharing.Collect(*sink);
  sharing.Build();
  std::vector<LogicalPlan> rewritten;
  for (const LogicalPlan& sink : sinks) rewritten.push_back(sharing.Rewrite(sink));
  return rewritten;
}

}  // namespace millrace
