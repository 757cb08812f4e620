#include "coordinator/sql/bind/window_origin.h"

#include <vector>

namespace millrace {
namespace {

struct Origin {
  const LogicalNode& node;
  int column;

  const WindowSpec* OfInput(int input_column) const { return WindowOf(node.input(), input_column); }
  const WindowSpec* OfExpression(const std::vector<ExpressionPtr>& expressions) const {
    const Expression& expression = *expressions[static_cast<size_t>(column)];
    return expression.kind() == ExpressionKind::kColumn ? OfInput(expression.index()) : nullptr;
  }
  const WindowSpec* OfSide() const {
    const int left = node.inputs[0]->output.size();
    return column < left ? WindowOf(*node.inputs[0], column)
                         : WindowOf(*node.inputs[1], column - left);
  }
  const WindowSpec* OfInputIfThere() const {
    return column < node.input().output.size() ? OfInput(column) : nullptr;
  }

  const WindowSpec* operator()(const LogicalScan&) const { return nullptr; }
  const WindowSpec* operator()(const LogicalFilter&) const { return OfInput(column); }
  const WindowSpec* operator()(const LogicalProject& project) const {
    return OfExpression(project.expressions);
  }
  const WindowSpec* operator()(const LogicalCalc& calc) const {
    return OfExpression(calc.projections);
  }
  const WindowSpec* operator()(const LogicalWindowTvf& tvf) const {
    return column >= node.input().output.size() ? &tvf.window : nullptr;
  }
  const WindowSpec* operator()(const LogicalAggregate& aggregate) const {
    const auto keys = static_cast<int>(aggregate.keys.size());
    return column < keys ? OfInput(aggregate.keys[static_cast<size_t>(column)]) : nullptr;
  }
  const WindowSpec* operator()(const LogicalWindowAggregate& aggregate) const {
    if (aggregate.rows_of_extreme) return OfInput(column);
    const auto first = static_cast<int>(aggregate.keys.size() + aggregate.calls.size());
    if (column < first) return nullptr;
    const WindowSpec& window = aggregate.window;
    return window.kind == WindowKind::kAttached ? OfInput(window.time_column) : &window;
  }
  const WindowSpec* operator()(const LogicalJoin&) const { return OfSide(); }
  const WindowSpec* operator()(const LogicalWindowJoin&) const { return OfSide(); }
  const WindowSpec* operator()(const LogicalRowNumber&) const { return OfInputIfThere(); }
  const WindowSpec* operator()(const LogicalWindowRank&) const { return OfInputIfThere(); }
  const WindowSpec* operator()(const LogicalExpand&) const { return OfInputIfThere(); }
  const WindowSpec* operator()(const LogicalSink&) const { return nullptr; }
  const WindowSpec* operator()(const LogicalUnionAll&) const { return nullptr; }
};

}  // namespace

const WindowSpec* WindowOf(const LogicalNode& node, int column) {
  return std::visit(Origin{node, column}, node.spec);
}

bool AreSameWindows(const WindowSpec& a, const WindowSpec& b) {
  WindowSpec same = b;
  same.time_column = a.time_column;
  same.start_column = a.start_column;
  return a == same;
}

}  // namespace millrace
