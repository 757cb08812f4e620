#include "coordinator/sql/bind/table_scan.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "coordinator/catalog/table_options.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/option_diagnostics.h"

namespace millrace {
namespace {

std::vector<std::string> QualifiedName(const std::string& table) {
  return {Catalog::kCatalogName, Catalog::kDatabaseName, table};
}

// Every column of a table in terms of its physical columns, which are what a scan gives.
struct TableColumns {
  std::vector<Field> physical;
  std::vector<ExpressionPtr> expressions;  // Of METADATA, and what is computed of it: a NULL.
  std::vector<std::string> metadata;       // Which METADATA column a column is or needs; else "".
};

TableColumns ColumnsOf(const TableDefinition& table) {
  TableColumns columns;
  for (const ColumnDefinition& column : table.columns) {
    ExpressionPtr expression = Expression::Null(column.type);
    if (column.kind == ColumnKind::kPhysical) {
      expression = Expression::Column(static_cast<int>(columns.physical.size()), column.type);
      columns.physical.push_back({column.name, column.type});
    }
    columns.metadata.push_back(column.kind == ColumnKind::kMetadata ? column.name : "");
    columns.expressions.push_back(std::move(expression));
  }
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].kind != ColumnKind::kComputed) continue;
    std::set<int> used;
    CollectColumns(table.columns[i].expression, used);
    for (const int column : used) {
      if (!columns.metadata[column].empty()) columns.metadata[i] = columns.metadata[column];
    }
    if (columns.metadata[i].empty()) {
      columns.expressions[i] = Inline(table.columns[i].expression, columns.expressions);
    }
  }
  return columns;
}

// The watermark over the physical columns. Empty after reporting; null if the table has none.
std::optional<ExpressionPtr> WatermarkOf(const TableDefinition& table, const TableColumns& columns,
                                         SourceSpan span, DiagnosticLog& log) {
  if (!table.watermark.has_value()) return nullptr;
  std::set<int> used;
  CollectColumns(table.watermark->expression, used);
  for (const int column : used) {
    if (columns.metadata[column].empty()) continue;
    log.NotBuilt(span, absl::StrCat("a WATERMARK over the METADATA column '",
                                    columns.metadata[column], "' of table '", table.name, "'"));
    return std::nullopt;
  }
  return Inline(table.watermark->expression, columns.expressions);
}

}  // namespace

std::optional<Relation> BindTableScan(const TablePtr& table, SourceSpan span,
                                      const std::vector<QueryHint>& hints, QueryContext& context) {
  if (!CountScans(1, span, context)) return std::nullopt;
  std::optional<TableOptions> options = OptionsWithHints(*table, hints, context.log);
  if (!options.has_value()) return std::nullopt;
  if (!ReportOptionProblems(CheckUse(*options, OptionUse::kSource),
                            {.table = table->name, .span = span}, context.log)) {
    return std::nullopt;
  }
  TableColumns columns = ColumnsOf(*table);
  std::optional<ExpressionPtr> watermark = WatermarkOf(*table, columns, span, context.log);
  if (!watermark.has_value()) return std::nullopt;
  if (columns.physical.empty()) {
    context.log.NotBuilt(
        span, absl::StrCat("reading a table without physical columns, as '", table->name, "',"));
    return std::nullopt;
  }
  const bool only_physical = columns.physical.size() == table->columns.size();
  Relation relation;
  relation.plan =
      MakeScan({.table = table, .options = *std::move(options), .watermark = *watermark},
               Schema(std::move(columns.physical)));
  if (!only_physical) {
    relation.plan =
        MakeProject(relation.plan, std::move(columns.expressions), ColumnNames(table->schema()));
  }
  if (table->watermark.has_value()) {
    std::vector<TimeRole> roles = relation.plan->roles;
    roles[table->watermark->column] = TimeRole::kRowtime;
    relation.plan = WithRoles(*relation.plan, std::move(roles));
  }
  relation.scope.Add(QualifiedName(table->name), relation.plan->output);
  for (size_t i = 0; i < columns.metadata.size(); ++i) {
    if (columns.metadata[i].empty()) continue;
    relation.scope.MarkNotReadable(
        static_cast<int>(i), absl::StrCat("reading the METADATA column '", columns.metadata[i],
                                          "' of table '", table->name, "'"));
  }
  return relation;
}

std::optional<TableOptions> OptionsWithHints(const TableDefinition& table,
                                             const std::vector<QueryHint>& hints,
                                             DiagnosticLog& log) {
  TableOptions options = table.options;
  std::vector<OptionEntry> entries;
  bool right = true;
  for (const QueryHint& hint : hints) {
    if (absl::AsciiStrToUpper(hint.name.name) != "OPTIONS") {
      log.NotBuilt(hint.span, absl::StrCat("the hint ", hint.name.name));
      right = false;
      continue;
    }
    for (const OptionEntry& entry : hint.options) {
      options[entry.key] = entry.value;
      entries.push_back(entry);
    }
  }
  if (!entries.empty()) {
    right =
        ReportOptionProblems(
            CheckOptions(options, ColumnNames(table.schema())),
            {.table = table.name, .span = entries.front().key_span, .entries = &entries}, log) &&
        right;
  }
  if (!right) return std::nullopt;
  return options;
}

}  // namespace millrace
