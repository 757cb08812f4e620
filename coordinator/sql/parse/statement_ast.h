// The statements of a script as written. Immutable and shared like the rest of the tree.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/sql/parse/query_ast.h"

namespace millrace {

// name type [NOT NULL] [PRIMARY KEY NOT ENFORCED]: the key is CreateTableStatement::primary_key.
struct PhysicalColumn {
  TypeName type;
};

// name AS expression
struct ComputedColumn {
  SqlExpressionPtr expression;
};

// name type METADATA [FROM 'key'] [VIRTUAL]
struct MetadataColumn {
  TypeName type;
  std::optional<std::string> key;
  bool is_virtual = false;
};

struct TableColumn {
  Identifier name;
  std::variant<PhysicalColumn, ComputedColumn, MetadataColumn> kind;
  std::optional<std::string> comment;
  SourceSpan span;
};

// WATERMARK FOR column AS expression
struct WatermarkClause {
  std::vector<Identifier> column;  // A path: more than one part names a field of a row.
  SqlExpressionPtr expression;
  SourceSpan span;
};

// PRIMARY KEY (columns) NOT ENFORCED
struct PrimaryKeyClause {
  std::vector<Identifier> columns;
  SourceSpan span;
};

enum class LikeAction : uint8_t { kIncluding, kExcluding, kOverwriting };
enum class LikeFeature : uint8_t {
  kAll,
  kConstraints,
  kDistribution,
  kGenerated,
  kMetadata,
  kOptions,
  kPartitions,
  kWatermarks,
};

// LIKE table [(INCLUDING ALL, OVERWRITING OPTIONS, ...)]
struct LikeClause {
  struct Option {
    LikeAction action = LikeAction::kIncluding;
    LikeFeature feature = LikeFeature::kAll;
    SourceSpan span;
  };
  ObjectName table;
  std::vector<Option> options;
  SourceSpan span;
};

struct CreateTableStatement {
  bool temporary = false;
  bool if_not_exists = false;
  ObjectName name;
  std::vector<TableColumn> columns;  // Names are distinct.
  std::optional<PrimaryKeyClause> primary_key;
  std::optional<WatermarkClause> watermark;
  std::optional<std::string> comment;
  std::vector<Identifier> partitioned_by;
  std::vector<OptionEntry> options;  // In the order written; keys are distinct.
  std::optional<LikeClause> like;
};

struct CreateViewStatement {
  bool temporary = false;
  bool if_not_exists = false;
  ObjectName name;
  std::vector<Identifier> columns;  // Empty: those of the query.
  std::optional<std::string> comment;
  QueryPtr query;  // As written: query->span.
};

enum class DropKind : uint8_t { kTable, kView };

struct DropStatement {
  DropKind kind = DropKind::kTable;
  bool temporary = false;
  bool if_exists = false;
  ObjectName name;
};

// INSERT INTO|OVERWRITE target [hints] [(columns)] query
struct InsertStatement {
  bool overwrite = false;
  ObjectName target;
  std::vector<QueryHint> hints;
  std::vector<Identifier> columns;
  QueryPtr query;
  SourceSpan span;
};

// EXECUTE STATEMENT SET BEGIN ... END, BEGIN STATEMENT SET; ... END
struct StatementSet {
  std::vector<InsertStatement> inserts;
};

// A bare query, also EXECUTE SELECT.
struct QueryStatement {
  QueryPtr query;
};

struct Statement;

enum class ExplainDetail : uint8_t {
  kEstimatedCost,
  kChangelogMode,
  kPlanAdvice,
  kJsonExecutionPlan
};

// EXPLAIN [PLAN FOR | detail, ...] statement
struct ExplainStatement {
  std::vector<ExplainDetail> details;
  std::shared_ptr<const Statement> statement;  // A query, an INSERT or a statement set.
};

// SET 'key' = 'value', SET key = value; without a key: show all settings.
struct SetStatement {
  std::optional<OptionEntry> setting;
};

// RESET ['key']; without a key: all.
struct ResetStatement {
  std::optional<std::string> key;
};

enum class ShowKind : uint8_t {
  kTables,
  kViews,
  kFunctions,
  kCreateTable,
  kCreateView,
  kColumns,
  kCatalogs,
  kDatabases,
  kCurrentCatalog,
  kCurrentDatabase,
};

// SHOW TABLES|VIEWS|[USER] FUNCTIONS|COLUMNS [FROM|IN name] [[NOT] LIKE 'pattern'], SHOW CREATE
// TABLE name
struct ShowStatement {
  ShowKind kind = ShowKind::kTables;
  ObjectName name;  // Of CREATE TABLE, CREATE VIEW; after FROM: without parts if not written.
  std::optional<std::string> like;
  bool not_like = false;
  bool user_only = false;  // SHOW USER FUNCTIONS
};

// DESCRIBE|DESC [EXTENDED] name
struct DescribeStatement {
  ObjectName name;
  bool extended = false;
};

// USE [CATALOG] name
struct UseStatement {
  ObjectName name;
  bool catalog = false;
};

struct Statement {
  std::variant<CreateTableStatement, CreateViewStatement, DropStatement, InsertStatement,
               StatementSet, QueryStatement, ExplainStatement, SetStatement, ResetStatement,
               ShowStatement, DescribeStatement, UseStatement>
      node;
  SourceSpan span;  // Without the semicolon.

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

}  // namespace millrace
