#include "coordinator/sql/bind/statement_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/aggregate_functions.h"
#include "coordinator/sql/bind/scope.h"

namespace millrace {
namespace {

// Whether `name` is LIKE `pattern`: % stands for anything, _ for one byte. After a mismatch the
// last % takes one byte more.
bool MatchesLike(std::string_view name, std::string_view pattern) {
  size_t at = 0;
  size_t next = 0;
  size_t taken_by_last = 0;
  size_t after_last = std::string_view::npos;
  while (at < name.size()) {
    if (next < pattern.size() && pattern[next] == '%') {
      after_last = ++next;
      taken_by_last = at;
    } else if (next < pattern.size() && (pattern[next] == '_' || pattern[next] == name[at])) {
      ++next;
      ++at;
    } else if (after_last != std::string_view::npos) {
      next = after_last;
      at = ++taken_by_last;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('%', next) == std::string_view::npos;
}

bool IsShown(const ShowStatement& show, const std::string& name) {
  if (!show.like.has_value()) return true;
  const bool matches = show.ignore_case ? MatchesLike(absl::AsciiStrToLower(name),
                                                      absl::AsciiStrToLower(*show.like))
                                        : MatchesLike(name, *show.like);
  return matches != show.not_like;
}

std::string ListText(const ShowStatement& show, const char* header,
                     const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : names) {
    if (IsShown(show, name)) rows.push_back({name});
  }
  return TextTable({header}, rows);
}

std::optional<CatalogObject> FindObject(const ObjectName& name, const Catalog& catalog,
                                        DiagnosticLog& log) {
  absl::StatusOr<CatalogObject> object = catalog.Find(PathOf(name.parts));
  if (object.ok()) return *std::move(object);
  log.Error(name.span, bind_code::kUnknownTable, object.status());
  return std::nullopt;
}

std::optional<std::string> CreateText(const ShowStatement& show, const Catalog& catalog,
                                      DiagnosticLog& log) {
  const std::optional<CatalogObject> object = FindObject(show.name, catalog, log);
  if (!object.has_value()) return std::nullopt;
  const auto* view = std::get_if<ViewPtr>(&*object);
  if ((view != nullptr) != (show.kind == ShowKind::kCreateView)) {
    log.Error(show.name.span, bind_code::kUnknownTable,
              absl::StrCat("'", show.name.parts.back().name, "' is a ",
                           view != nullptr ? "view" : "table"),
              absl::StrCat("write SHOW CREATE ", view != nullptr ? "VIEW" : "TABLE"));
    return std::nullopt;
  }
  return view != nullptr ? CreateViewText(**view) : CreateTableText(*std::get<TablePtr>(*object));
}

std::vector<std::string> FunctionList(bool user_only, const Catalog& catalog) {
  std::vector<std::string> names = catalog.FunctionNames();
  if (user_only) return names;
  for (std::string& name : FunctionNames()) names.push_back(std::move(name));
  for (std::string& name : AggregateFunctionNames()) names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> ColumnRow(const TableDefinition& table, int index) {
  const ColumnDefinition& column = table.columns[index];
  const auto& key = table.primary_key;
  const bool in_key = std::find(key.begin(), key.end(), column.name) != key.end();
  std::string extras;
  if (column.kind == ColumnKind::kComputed) {
    extras = absl::StrCat("AS ", column.expression_text);
  } else if (column.kind == ColumnKind::kMetadata) {
    extras = absl::StrCat("METADATA FROM '", column.metadata_key, "'",
                          column.is_virtual ? " VIRTUAL" : "");
  }
  const bool is_time = table.watermark.has_value() && table.watermark->column == index;
  std::string key_text;
  for (const std::string& name : key)
    absl::StrAppend(&key_text, key_text.empty() ? "" : ", ", name);
  return {column.name,
          column.type.WithNullable(true).ToString(),
          column.type.nullable() ? "TRUE" : "FALSE",
          in_key ? absl::StrCat("PRI(", key_text, ")") : "",
          extras,
          is_time ? table.watermark->expression_text : ""};
}

std::optional<std::string> ColumnsText(const ObjectName& name, const ShowStatement& show,
                                       const Catalog& catalog, DiagnosticLog& log) {
  const std::optional<CatalogObject> object = FindObject(name, catalog, log);
  if (!object.has_value()) return std::nullopt;
  TableDefinition columns;
  const auto* view = std::get_if<ViewPtr>(&*object);
  if (view != nullptr) {
    for (const Field& field : (*view)->schema.fields()) {
      columns.columns.push_back({.name = field.name, .type = field.type});
    }
  }
  const TableDefinition& table = view != nullptr ? columns : *std::get<TablePtr>(*object);
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (IsShown(show, table.columns[i].name)) rows.push_back(ColumnRow(table, static_cast<int>(i)));
  }
  return TextTable({"name", "type", "null", "key", "extras", "watermark"}, rows);
}

size_t Width(const std::string& cell) {
  return static_cast<size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

std::optional<std::string> ShowText(const ShowStatement& show, const Catalog& catalog,
                                    DiagnosticLog& log) {
  switch (show.kind) {
    case ShowKind::kTables:
      return ListText(show, "table name", catalog.TableNames());
    case ShowKind::kViews:
      return ListText(show, "view name", catalog.ViewNames());
    case ShowKind::kFunctions:
      return ListText(show, "function name", FunctionList(show.user_only, catalog));
    case ShowKind::kCreateTable:
    case ShowKind::kCreateView:
      return CreateText(show, catalog, log);
    case ShowKind::kColumns:
      return ColumnsText(show.name, show, catalog, log);
    case ShowKind::kCatalogs:
      return ListText(show, "catalog name", {Catalog::kCatalogName});
    case ShowKind::kDatabases:
      return ListText(show, "database name", {Catalog::kDatabaseName});
    case ShowKind::kCurrentCatalog:
      return TextTable({"current catalog name"}, {{Catalog::kCatalogName}});
    case ShowKind::kCurrentDatabase:
      return TextTable({"current database name"}, {{Catalog::kDatabaseName}});
  }
  return std::nullopt;
}

std::optional<std::string> DescribeText(const ObjectName& name, const Catalog& catalog,
                                        DiagnosticLog& log) {
  return ColumnsText(name, ShowStatement{}, catalog, log);
}

std::string TextTable(const std::vector<std::string>& header,
                      const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const std::string& cell : header) widths.push_back(Width(cell));
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string rule = "+";
  for (const size_t width : widths) rule += std::string(width + 2, '-') + "+";
  rule += "\n";
  std::string text = rule;
  const auto append = [&](const std::vector<std::string>& row) {
    text += "|";
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&text, " ", row[i], std::string(widths[i] - Width(row[i]), ' '), " |");
    }
    text += "\n";
  };
  append(header);
  text += rule;
  for (const std::vector<std::string>& row : rows) append(row);
  if (!rows.empty()) text += rule;
  return text;
}

}  // namespace millrace
