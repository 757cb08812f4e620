#include "coordinator/sql/bind/expression_walk.h"

#include "absl/strings/ascii.h"
#include "coordinator/sql/bind/aggregate_functions.h"

namespace millrace {
namespace {

struct OperandVisitor {
  absl::FunctionRef<void(const SqlExpression&)> visit;

  void Visit(const SqlExpressionPtr& operand) const {
    if (operand != nullptr) visit(*operand);
  }
  void VisitAll(const std::vector<SqlExpressionPtr>& operands) const {
    for (const SqlExpressionPtr& operand : operands) Visit(operand);
  }

  // Leaves, and queries, which are others' business.
  template <typename Leaf>
  void operator()(const Leaf&) const {}

  void operator()(const FieldAccess& access) const { Visit(access.base); }
  void operator()(const ElementAccess& access) const {
    Visit(access.base);
    Visit(access.index);
  }
  void operator()(const UnaryExpression& unary) const { Visit(unary.operand); }
  void operator()(const BinaryExpression& binary) const {
    Visit(binary.left);
    Visit(binary.right);
  }
  void operator()(const BetweenExpression& between) const {
    Visit(between.value);
    Visit(between.low);
    Visit(between.high);
  }
  void operator()(const InExpression& in) const {
    Visit(in.value);
    VisitAll(in.list);
  }
  void operator()(const QuantifiedComparison& comparison) const {
    Visit(comparison.value);
    VisitAll(comparison.list);
  }
  void operator()(const PatternExpression& pattern) const {
    Visit(pattern.value);
    Visit(pattern.pattern);
    Visit(pattern.escape);
  }
  void operator()(const IsExpression& is) const { Visit(is.operand); }
  void operator()(const CaseExpression& expression) const {
    Visit(expression.operand);
    for (const CaseExpression::Branch& branch : expression.branches) {
      Visit(branch.condition);
      Visit(branch.result);
    }
    Visit(expression.otherwise);
  }
  void operator()(const CastExpression& cast) const { Visit(cast.value); }
  void operator()(const RowConstructor& row) const { VisitAll(row.items); }
  void operator()(const ArrayConstructor& array) const { VisitAll(array.items); }
  void operator()(const MultisetConstructor& multiset) const { VisitAll(multiset.items); }
  void operator()(const MapConstructor& map) const {
    for (const MapConstructor::Entry& entry : map.entries) {
      Visit(entry.key);
      Visit(entry.value);
    }
  }
  void operator()(const FunctionCall& call) const {
    for (const FunctionArgument& argument : call.arguments) Visit(argument.value);
    Visit(call.filter);
  }
};

}  // namespace

void ForEachOperand(const SqlExpression& expression,
                    absl::FunctionRef<void(const SqlExpression&)> visit) {
  std::visit(OperandVisitor{visit}, expression.node);
}

bool HoldsAggregate(const SqlExpression& expression) {
  if (const auto* call = expression.As<FunctionCall>()) {
    if (!call->over.has_value() && IsAggregateFunction(FunctionName(*call))) return true;
  }
  bool found = false;
  ForEachOperand(expression,
                 [&](const SqlExpression& operand) { found = found || HoldsAggregate(operand); });
  return found;
}

std::string FunctionName(const FunctionCall& call) {
  return absl::AsciiStrToUpper(call.name.parts.back().name);
}

}  // namespace millrace
