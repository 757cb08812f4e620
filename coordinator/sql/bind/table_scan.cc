#include "coordinator/sql/bind/table_scan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/expr/function_registry.h"
#include "coordinator/catalog/table_options.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/metadata_columns.h"
#include "coordinator/sql/bind/option_diagnostics.h"

namespace millrace {
namespace {

std::vector<std::string> QualifiedName(const std::string& table) {
  return {Catalog::kCatalogName, Catalog::kDatabaseName, table};
}

// What a scan of a table gives, and every column of the table in terms of that.
struct TableColumns {
  std::vector<Field> scanned;  // Physical columns, and METADATA of the connector's own types.
  std::vector<ExpressionPtr> expressions;
};

// Empty after reporting.
std::optional<TableColumns> ColumnsOf(const TableDefinition& table, const ConnectorSpec& connector,
                                      SourceSpan span, DiagnosticLog& log) {
  TableColumns columns;
  for (const ColumnDefinition& column : table.columns) {
    if (column.kind == ColumnKind::kComputed) {
      columns.expressions.push_back(Expression::Null(column.type));  // Until all others are known.
      continue;
    }
    DataType type = column.type;
    if (column.kind == ColumnKind::kMetadata) {
      const std::optional<DataType> own = MetadataType(connector, column, span, log);
      if (!own.has_value()) return std::nullopt;
      type = *own;
    }
    const ExpressionPtr scanned =
        Expression::Column(static_cast<int>(columns.scanned.size()), type);
    absl::StatusOr<ExpressionPtr> cast = BindCast(scanned, column.type);
    if (!cast.ok()) {
      log.Error(span, bind_code::kWrongTable, cast.status());
      return std::nullopt;
    }
    columns.scanned.push_back({column.name, std::move(type)});
    columns.expressions.push_back(*std::move(cast));
  }
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].kind != ColumnKind::kComputed) continue;
    columns.expressions[i] = Inline(table.columns[i].expression, columns.expressions);
  }
  return columns;
}

bool AreAsScanned(const TableColumns& columns) {
  if (columns.scanned.size() != columns.expressions.size()) return false;
  return std::all_of(
      columns.expressions.begin(), columns.expressions.end(),
      [](const ExpressionPtr& column) { return column->kind() == ExpressionKind::kColumn; });
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
  const ConnectorSpec& connector = *FindConnector(options->at("connector"));
  std::optional<TableColumns> columns = ColumnsOf(*table, connector, span, context.log);
  if (!columns.has_value()) return std::nullopt;
  if (columns->scanned.empty()) {
    context.log.NotBuilt(
        span, absl::StrCat("reading a table without physical columns, as '", table->name, "',"));
    return std::nullopt;
  }
  ExpressionPtr watermark;
  if (table->watermark.has_value()) {
    watermark = Inline(table->watermark->expression, columns->expressions);
  }
  const bool as_scanned = AreAsScanned(*columns);
  Relation relation;
  relation.plan =
      MakeScan({.table = table, .options = *std::move(options), .watermark = std::move(watermark)},
               Schema(std::move(columns->scanned)));
  if (!as_scanned) {
    relation.plan =
        MakeProject(relation.plan, std::move(columns->expressions), ColumnNames(table->schema()));
  }
  if (table->watermark.has_value()) {
    std::vector<TimeRole> roles = relation.plan->roles;
    roles[table->watermark->column] = TimeRole::kRowtime;
    relation.plan = WithRoles(*relation.plan, std::move(roles));
  }
  relation.scope.Add(QualifiedName(table->name), relation.plan->output);
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
