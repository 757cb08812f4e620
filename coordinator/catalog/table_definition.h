// What CREATE TABLE and CREATE VIEW defined. Plain data; shared and immutable once in the catalog.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/columnar/data_type.h"
#include "common/columnar/schema.h"
#include "common/expr/expression.h"
#include "common/plan/table.h"

namespace millrace {

enum class ColumnKind : uint8_t {
  kPhysical,  // In the records.
  kComputed,  // name AS expression
  kMetadata,  // name type METADATA [FROM 'key'] [VIRTUAL]
};

struct ColumnDefinition {
  std::string name;
  DataType type;
  ColumnKind kind = ColumnKind::kPhysical;
  // kComputed: over TableDefinition::columns, of which it uses physical and metadata ones only.
  ExpressionPtr expression;
  std::string expression_text;  // kComputed: as written.
  std::string metadata_key;     // kMetadata
  bool is_virtual = false;      // kMetadata: not written by a sink.
  std::string comment;
};

struct WatermarkDefinition {
  int column = 0;            // The time attribute: a TIMESTAMP(<=3) or TIMESTAMP_LTZ(<=3) column.
  ExpressionPtr expression;  // Over TableDefinition::columns.
  std::string expression_text;
};

struct TableDefinition {
  std::string name;
  std::vector<ColumnDefinition> columns;
  std::optional<WatermarkDefinition> watermark;
  std::vector<std::string> primary_key;  // Empty: none. Always NOT ENFORCED.
  std::vector<std::string> partition_keys;
  TableOptions options;
  std::string comment;
  bool temporary = false;

  // The index of the column of that exact name.
  std::optional<int> Find(std::string_view column) const;

  // All columns; what a SELECT * gives.
  Schema schema() const;
  // The columns that are in the records.
  Schema PhysicalSchema() const;
  // Which columns of `columns`, all of this table, are METADATA, and their keys.
  std::map<std::string, std::string> MetadataOf(const Schema& columns) const;
  // The columns that an INSERT writes: physical ones and metadata that is not virtual.
  std::vector<int> WritableColumns() const;
};
using TablePtr = std::shared_ptr<const TableDefinition>;

// A query of the SQL parser. The catalog keeps it for the binder and never looks inside.
struct QueryExpression;

struct ViewDefinition {
  std::string name;
  std::vector<std::string> column_names;  // Empty: those of the query.
  std::shared_ptr<const QueryExpression> query;
  std::string query_text;
  Schema schema;  // As it was when the view was made.
  std::string comment;
  bool temporary = false;
};
using ViewPtr = std::shared_ptr<const ViewDefinition>;

// The statement that makes the table again: SHOW CREATE TABLE.
std::string CreateTableText(const TableDefinition& table);
std::string CreateViewText(const ViewDefinition& view);

}  // namespace millrace
