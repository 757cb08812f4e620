#include "coordinator/sql/optimize/same_plan.h"

#include <algorithm>

#include "coordinator/sql/bind/expression_rewrite.h"

namespace millrace {
namespace {

bool Same(const ExpressionPtr& a, const ExpressionPtr& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return SameExpression(a, b);
}

bool Same(const std::vector<ExpressionPtr>& a, const std::vector<ExpressionPtr>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const ExpressionPtr& x, const ExpressionPtr& y) { return SameExpression(x, y); });
}

struct SameSpec {
  const LogicalNode& other;

  template <typename Spec>
  const Spec& Other() const {
    return std::get<Spec>(other.spec);
  }

  bool operator()(const LogicalScan& scan) const {
    const auto& another = Other<LogicalScan>();
    return scan.table == another.table && scan.options == another.options &&
           Same(scan.watermark, another.watermark);
  }
  bool operator()(const LogicalFilter& filter) const {
    return Same(filter.condition, Other<LogicalFilter>().condition);
  }
  bool operator()(const LogicalProject& project) const {
    return Same(project.expressions, Other<LogicalProject>().expressions);
  }
  bool operator()(const LogicalCalc& calc) const {
    return Same(calc.condition, Other<LogicalCalc>().condition) &&
           Same(calc.projections, Other<LogicalCalc>().projections);
  }
  bool operator()(const LogicalAggregate& aggregate) const {
    const auto& another = Other<LogicalAggregate>();
    return aggregate.keys == another.keys && aggregate.calls == another.calls;
  }
  bool operator()(const LogicalWindowAggregate& aggregate) const {
    const auto& another = Other<LogicalWindowAggregate>();
    return aggregate.window == another.window && aggregate.keys == another.keys &&
           aggregate.calls == another.calls && aggregate.rows_of_extreme == another.rows_of_extreme;
  }
  bool operator()(const LogicalUnionAll&) const { return true; }
  bool operator()(const LogicalExpand& expand) const {
    return expand.sets == Other<LogicalExpand>().sets;
  }
  bool operator()(const LogicalWindowTvf& tvf) const {
    const auto& another = Other<LogicalWindowTvf>();
    return tvf.window == another.window && tvf.session_keys == another.session_keys;
  }
  bool operator()(const LogicalJoin&) const { return false; }
  bool operator()(const LogicalWindowJoin&) const { return false; }
  bool operator()(const LogicalRowNumber&) const { return false; }
  bool operator()(const LogicalWindowRank&) const { return false; }
  bool operator()(const LogicalSink&) const { return false; }
};

}  // namespace

bool SamePlan(const LogicalNode& a, const LogicalNode& b) {
  if (&a == &b) return true;
  if (a.spec.index() != b.spec.index() || a.inputs.size() != b.inputs.size()) return false;
  if (!std::visit(SameSpec{b}, a.spec)) return false;
  for (size_t i = 0; i < a.inputs.size(); ++i) {
    if (!SamePlan(*a.inputs[i], *b.inputs[i])) return false;
  }
  return true;
}

}  // namespace millrace
