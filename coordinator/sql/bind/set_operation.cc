// UNION ALL: the rows of two queries, brought to common types.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/query_binder.h"

namespace millrace {
namespace {

const char* NameOf(const SetOperation& operation) {
  switch (operation.op) {
    case SetOperator::kUnion:
      return operation.all ? "UNION ALL" : "UNION without ALL";
    case SetOperator::kIntersect:
      return "INTERSECT";
    case SetOperator::kExcept:
      return "EXCEPT";
  }
  return "";
}

// `plan` with columns of these very types, called as the first query calls them.
LogicalPlan Conform(LogicalPlan plan, const std::vector<DataType>& types,
                    const std::vector<std::string>& names) {
  bool changed = names != ColumnNames(plan->output);
  std::vector<ExpressionPtr> columns;
  std::vector<TimeRole> roles = plan->roles;
  for (size_t i = 0; i < types.size(); ++i) {
    const int index = static_cast<int>(i);
    const DataType& given = plan->output.field(index).type;
    columns.push_back(Expression::Column(index, given));
    if (given == types[i]) continue;
    changed = true;
    const bool same_values = given.WithNullable(true) == types[i].WithNullable(true);
    if (!same_values) roles[i] = TimeRole::kNone;
    // What is NULL in one query may be NULL in the union: a cast to the type itself says so.
    columns.back() = Expression::Call("cast", {columns.back()}, types[i]);
  }
  if (!changed) return plan;
  return WithRoles(*MakeProject(std::move(plan), std::move(columns), names), std::move(roles));
}

}  // namespace

LogicalPlan BindSetOperation(const SetOperation& operation, SourceSpan span,
                             QueryContext& context) {
  LogicalPlan left = BindQuery(*operation.left, context);
  LogicalPlan right = BindQuery(*operation.right, context);
  if (operation.op != SetOperator::kUnion || !operation.all) {
    context.log.NotBuilt(span, NameOf(operation),
                         operation.op == SetOperator::kUnion ? "UNION ALL keeps equal rows" : "");
    return nullptr;
  }
  if (left == nullptr || right == nullptr) return nullptr;
  if (left->output.size() != right->output.size()) {
    context.log.Error(operation.right->span, bind_code::kDifferentQueries,
                      absl::StrCat("the queries of UNION ALL give ", left->output.size(), " and ",
                                   right->output.size(), " columns; they must give as many"));
    return nullptr;
  }
  std::vector<DataType> types;
  bool wrong = false;
  for (int i = 0; i < left->output.size(); ++i) {
    const Field& first = left->output.field(i);
    const Field& second = right->output.field(i);
    const absl::StatusOr<DataType> common = CommonType({first.type, second.type});
    if (common.ok()) {
      types.push_back(*common);
      continue;
    }
    wrong = true;
    context.log.Error(
        operation.right->span, bind_code::kDifferentQueries,
        absl::StrCat("column ", i + 1, " ('", first.name, "') of UNION ALL is ",
                     first.type.WithNullable(true).ToString(), " in the first query and ",
                     second.type.WithNullable(true).ToString(),
                     " in the second, which have no common type"));
  }
  if (wrong) return nullptr;
  const std::vector<std::string> names = ColumnNames(left->output);
  std::vector<LogicalPlan> inputs = {Conform(std::move(left), types, names),
                                     Conform(std::move(right), types, names)};
  return MakeUnionAll(std::move(inputs));
}

}  // namespace millrace
