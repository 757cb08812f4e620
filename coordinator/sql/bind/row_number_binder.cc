#include "coordinator/sql/bind/row_number_binder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/aggregate_functions.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/expression_walk.h"

namespace millrace {

std::vector<ExpressionPtr> RowNumberBinder::ColumnReferencesOf(const Relation& relation) {
  return ColumnReferences(relation.plan->output);
}

ExpressionPtr RowNumberBinder::Bind(const SqlExpression& expression) {
  const auto& call = *expression.As<FunctionCall>();
  const OverWindow& window = *call.over;
  const std::string name = FunctionName(call);
  if (name != "ROW_NUMBER") {
    log_.NotBuilt(
        expression.span, absl::StrCat(name, " OVER"),
        "ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY ...) is built");
    return nullptr;
  }
  if (!call.arguments.empty() || call.star || call.distinct || call.filter != nullptr) {
    log_.Error(expression.span, bind_code::kWrongArguments, "ROW_NUMBER takes no arguments");
    return nullptr;
  }
  if (window.base.has_value() || window.frame.has_value()) {
    log_.NotBuilt(window.span, "OVER with a named window or a frame");
    return nullptr;
  }
  if (row_number_.has_value()) {
    log_.NotBuilt(expression.span, "a second OVER in one SELECT");
    return nullptr;
  }
  LogicalRowNumber row_number;
  bool right = true;
  for (const SqlExpressionPtr& key : window.partition_by) {
    const std::optional<int> column = Column(*key, "PARTITION BY");
    right = right && column.has_value();
    if (column.has_value()) row_number.keys.push_back(*column);
  }
  right = BindOrder(window.order_by, row_number) && right;
  if (!right) return nullptr;
  if (row_number.order.empty()) {
    log_.NotBuilt(window.span, "ROW_NUMBER() without ORDER BY");
    return nullptr;
  }
  row_number_ = std::move(row_number);
  // Where it comes to be if nothing but the relation's columns is sorted by; Number moves it there.
  return Expression::Column(relation_.plan->output.size(), DataType::BigInt().WithNullable(false));
}

bool RowNumberBinder::BindOrder(const std::vector<OrderItem>& order, LogicalRowNumber& row_number) {
  bool right = true;
  for (const OrderItem& item : order) {
    const std::optional<int> column = Column(*item.expression, "ORDER BY");
    right = right && column.has_value();
    if (!column.has_value()) continue;
    const DataType& type = expressions_[static_cast<size_t>(*column)]->type();
    if (!HasOrder(type)) {
      log_.NotBuilt(item.expression->span,
                    absl::StrCat("ORDER BY ", type.WithNullable(true).ToString()));
      right = false;
      continue;
    }
    // As in Flink, NULL is less than any value.
    row_number.order.push_back({.column = *column,
                                .descending = item.descending,
                                .nulls_first = item.nulls_first.value_or(!item.descending)});
  }
  if (row_number.order.size() != 1) return right;
  const auto column = static_cast<size_t>(row_number.order.front().column);
  if (column >= relation_.plan->roles.size()) return right;
  const TimeRole role = relation_.plan->roles[column];
  row_number.by_time = IsTimeAttribute(role) || role == TimeRole::kFormerTime;
  return right;
}

std::optional<int> RowNumberBinder::Column(const SqlExpression& expression, const char* clause) {
  ExpressionPtr bound =
      ExpressionBinder({.scope = &relation_.scope, .log = &log_, .clause = clause})
          .Bind(expression);
  if (bound == nullptr) return std::nullopt;
  for (size_t i = 0; i < expressions_.size(); ++i) {
    if (SameExpression(expressions_[i], bound)) return static_cast<int>(i);
  }
  expressions_.push_back(std::move(bound));
  return static_cast<int>(expressions_.size()) - 1;
}

LogicalPlan RowNumberBinder::Number(LogicalPlan plan) const {
  if (!row_number_.has_value()) return plan;
  const auto columns = static_cast<size_t>(plan->output.size());
  if (expressions_.size() == columns) return MakeRowNumber(std::move(plan), *row_number_);
  std::vector<std::string> names = ColumnNames(plan->output);
  for (size_t i = columns; i < expressions_.size(); ++i) names.push_back(absl::StrCat("$f", i));
  LogicalPlan numbered =
      MakeRowNumber(MakeProject(std::move(plan), expressions_, names), *row_number_);
  // The number right behind the relation's columns.
  std::vector<ExpressionPtr> kept = ColumnReferences(numbered->output);
  kept.erase(kept.begin() + static_cast<int64_t>(columns), kept.end() - 1);
  names.resize(columns);
  names.push_back(numbered->output.fields().back().name);
  return MakeProject(std::move(numbered), std::move(kept), std::move(names));
}

}  // namespace millrace
