// The columns that an expression may name, and how names find them.
//
// Names are case-sensitive, as in Flink. A path is read as Calcite reads it: the longest beginning
// that names a table, then a column of it, then fields of ROWs; if no beginning names a table, a
// column and its fields. Pure but for the log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/expr/expression.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/bind/logical_plan.h"
#include "coordinator/sql/parse/expression_ast.h"

namespace millrace {

class Catalog;

struct ScopeColumn {
  std::string name;
  DataType type;
};

// Columns that FROM calls by one name.
struct ScopeTable {
  std::vector<std::string> path;  // An alias, or the parts of the table's name. Empty: no name.
  int first = 0;                  // Of Scope::columns.
  int count = 0;
};

class Scope {
 public:
  Scope() = default;

  // Adds all columns of `schema` under `path`.
  void Add(std::vector<std::string> path, const Schema& schema);
  // Adds the tables and columns of `other` behind its own.
  void Append(const Scope& other);
  // The same for the scope of a query inside this one: its names come first.
  void AppendInner(const Scope& other);
  // The columns have the types of `schema`. REQUIRES: it has as many.
  void SetTypes(const Schema& schema);
  // Calls find the functions that `catalog` has. A name among `broken_names` is one whose CREATE
  // failed, which has been said. Both outlive this and its copies.
  void UseFunctions(const Catalog& catalog, const std::vector<std::string>& broken_names);
  const Catalog* functions() const { return functions_; }  // Null: built-in ones only.
  bool IsBroken(const std::string& function) const;

  const std::vector<ScopeTable>& tables() const { return tables_; }
  const std::vector<ScopeColumn>& columns() const { return columns_; }

  // The table that `path` names: its alias, or the last parts of its name.
  const ScopeTable* FindTable(const std::vector<std::string>& path) const;

  // A reference to column `index`.
  ExpressionPtr Column(int index) const;

  // The column or field that `path` names. Null after reporting: unknown (with the nearest name),
  // ambiguous, or no ROW to take a field of.
  ExpressionPtr Resolve(const std::vector<Identifier>& path, DiagnosticLog& log) const;

 private:
  struct Found {
    int column = 0;
    size_t parts = 0;  // So many of the path name table and column.
  };
  std::optional<Found> FindColumn(const std::vector<Identifier>& path, DiagnosticLog& log) const;
  // The columns of that name from `first` on, `count` of them.
  std::vector<int> Matches(const std::string& name, int first, int count) const;
  // Part `at` of `path` is none of the columns of `table`.
  void ReportUnknown(const std::vector<Identifier>& path, size_t at, const ScopeTable& table,
                     DiagnosticLog& log) const;
  std::vector<std::string> Names(int first, int count) const;

  std::vector<ScopeTable> tables_;
  std::vector<ScopeColumn> columns_;
  const Catalog* functions_ = nullptr;
  const std::vector<std::string>* broken_names_ = nullptr;
  size_t first_inner_table_ = 0;
  int first_inner_column_ = 0;
};

// Field `name` of the ROW `row`. Null after reporting.
ExpressionPtr BindField(ExpressionPtr row, const Identifier& name, DiagnosticLog& log);

// The names of an object or column path, without their spans.
std::vector<std::string> PathOf(const std::vector<Identifier>& parts);

}  // namespace millrace
