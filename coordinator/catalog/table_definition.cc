#include "coordinator/catalog/table_definition.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace millrace {
namespace {

std::string QuotedName(const std::string& name) {
  return absl::StrCat("`", absl::StrReplaceAll(name, {{"`", "``"}}), "`");
}

std::string QuotedText(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'");
}

std::string QuotedNames(const std::vector<std::string>& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, const std::string& name) {
    absl::StrAppend(out, QuotedName(name));
  });
}

std::string ColumnText(const ColumnDefinition& column) {
  std::string text = QuotedName(column.name);
  switch (column.kind) {
    case ColumnKind::kPhysical:
      absl::StrAppend(&text, " ", column.type.ToString());
      break;
    case ColumnKind::kComputed:
      absl::StrAppend(&text, " AS ", column.expression_text);
      break;
    case ColumnKind::kMetadata:
      absl::StrAppend(&text, " ", column.type.ToString(), " METADATA");
      if (column.metadata_key != column.name) {
        absl::StrAppend(&text, " FROM ", QuotedText(column.metadata_key));
      }
      if (column.is_virtual) absl::StrAppend(&text, " VIRTUAL");
      break;
  }
  if (!column.comment.empty()) absl::StrAppend(&text, " COMMENT ", QuotedText(column.comment));
  return text;
}

}  // namespace

std::optional<int> TableDefinition::Find(std::string_view column) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) return static_cast<int>(i);
  }
  return std::nullopt;
}

Schema TableDefinition::schema() const {
  std::vector<Field> fields;
  for (const ColumnDefinition& column : columns) fields.push_back({column.name, column.type});
  return Schema(std::move(fields));
}

Schema TableDefinition::PhysicalSchema() const {
  std::vector<Field> fields;
  for (const ColumnDefinition& column : columns) {
    if (column.kind == ColumnKind::kPhysical) fields.push_back({column.name, column.type});
  }
  return Schema(std::move(fields));
}

std::map<std::string, std::string> TableDefinition::MetadataOf(const Schema& of) const {
  std::map<std::string, std::string> keys;
  for (const Field& field : of.fields()) {
    const std::optional<int> column = Find(field.name);
    if (!column.has_value() || columns[*column].kind != ColumnKind::kMetadata) continue;
    keys[field.name] = columns[*column].metadata_key;
  }
  return keys;
}

std::vector<int> TableDefinition::WritableColumns() const {
  std::vector<int> writable;
  for (size_t i = 0; i < columns.size(); ++i) {
    const ColumnDefinition& column = columns[i];
    if (column.kind == ColumnKind::kComputed || column.is_virtual) continue;
    writable.push_back(static_cast<int>(i));
  }
  return writable;
}

std::string CreateTableText(const TableDefinition& table) {
  std::vector<std::string> elements;
  for (const ColumnDefinition& column : table.columns) elements.push_back(ColumnText(column));
  if (table.watermark.has_value()) {
    elements.push_back(absl::StrCat("WATERMARK FOR ",
                                    QuotedName(table.columns[table.watermark->column].name), " AS ",
                                    table.watermark->expression_text));
  }
  if (!table.primary_key.empty()) {
    elements.push_back(
        absl::StrCat("PRIMARY KEY (", QuotedNames(table.primary_key), ") NOT ENFORCED"));
  }
  std::string text =
      absl::StrCat("CREATE ", table.temporary ? "TEMPORARY " : "", "TABLE ", QuotedName(table.name),
                   " (\n  ", absl::StrJoin(elements, ",\n  "), "\n)");
  if (!table.comment.empty()) absl::StrAppend(&text, " COMMENT ", QuotedText(table.comment));
  if (!table.partition_keys.empty()) {
    absl::StrAppend(&text, " PARTITIONED BY (", QuotedNames(table.partition_keys), ")");
  }
  std::vector<std::string> options;
  for (const auto& [key, value] : table.options) {
    options.push_back(absl::StrCat(QuotedText(key), " = ", QuotedText(value)));
  }
  absl::StrAppend(&text, " WITH (\n  ", absl::StrJoin(options, ",\n  "), "\n)\n");
  return text;
}

std::string CreateViewText(const ViewDefinition& view) {
  std::string text =
      absl::StrCat("CREATE ", view.temporary ? "TEMPORARY " : "", "VIEW ", QuotedName(view.name));
  if (!view.column_names.empty()) {
    absl::StrAppend(&text, " (", QuotedNames(view.column_names), ")");
  }
  if (!view.comment.empty()) absl::StrAppend(&text, " COMMENT ", QuotedText(view.comment));
  return absl::StrCat(text, " AS ", view.query_text, "\n");
}

}  // namespace millrace
