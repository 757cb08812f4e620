// ROW_NUMBER() OVER (PARTITION BY ... ORDER BY ...) in a SELECT list: what Top-N and de-duplication
// begin with. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/query_binder.h"

namespace millrace {

class RowNumberBinder {
 public:
  // Both outlive this.
  RowNumberBinder(const Relation& relation, DiagnosticLog& log)
      : relation_(relation), log_(log), expressions_(ColumnReferencesOf(relation)) {}

  // The number, as a column behind those of the relation. A null pointer: reported.
  ExpressionPtr Bind(const SqlExpression& call);

  // `plan`, whose columns are the relation's, with the number behind them if one was bound.
  LogicalPlan Number(LogicalPlan plan) const;

 private:
  static std::vector<ExpressionPtr> ColumnReferencesOf(const Relation& relation);

  // The place of the value that `expression` has for a row. Empty after reporting.
  std::optional<int> Column(const SqlExpression& expression, const char* clause);
  bool BindOrder(const std::vector<OrderItem>& order, LogicalRowNumber& row_number);

  const Relation& relation_;
  DiagnosticLog& log_;
  std::vector<ExpressionPtr> expressions_;  // The relation's columns, then what they are sorted by.
  std::optional<LogicalRowNumber> row_number_;
};

}  // namespace millrace
