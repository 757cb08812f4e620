// The statements of a script as written. Immutable and shared like the rest of the tree.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/sql/parse/table_definition_ast.h"

namespace millrace {

// CREATE [OR REPLACE] [TEMPORARY] TABLE name (...) ... [LIKE table | AS query], REPLACE TABLE ...
// AS query
struct CreateTableStatement {
  bool or_replace = false;
  bool temporary = false;
  bool if_not_exists = false;
  ObjectName name;
  std::vector<TableColumn> columns;  // Names are distinct.
  std::optional<PrimaryKeyClause> primary_key;
  std::optional<WatermarkClause> watermark;
  std::optional<std::string> comment;
  std::optional<DistributionClause> distribution;
  std::vector<Identifier> partitioned_by;
  std::vector<OptionEntry> options;  // In the order written; keys are distinct.
  std::optional<LikeClause> like;
  // AS query: the rest are then the columns which the query does not give; `query_columns`, without
  // types, put those of the query into an order. At most one of `columns` and it is given.
  QueryPtr query;
  std::vector<Identifier> query_columns;
  SourceSpan span;
};

// CREATE [OR REPLACE] [TEMPORARY] VIEW; an addition: CREATE MATERIALIZED VIEW
struct CreateViewStatement {
  bool or_replace = false;
  bool materialized = false;
  bool temporary = false;
  bool if_not_exists = false;
  ObjectName name;
  std::vector<Identifier> columns;  // Empty: those of the query.
  std::optional<std::string> comment;
  QueryPtr query;  // As written: query->span.
  SourceSpan span;
};

// CREATE [TEMPORARY [SYSTEM]] FUNCTION name AS 'class' [LANGUAGE JAVA] [USING JAR 'path', ...]
// [WITH (...)]; an addition: CREATE [TEMPORARY] FUNCTION name(parameter TYPE, ...) RETURNS TYPE
// RETURN expression
struct CreateFunctionStatement {
  struct Parameter {
    Identifier name;
    TypeName type;
  };
  bool temporary = false;
  bool system = false;
  bool if_not_exists = false;
  ObjectName name;
  std::string class_name;  // Empty: the function is `body`.
  std::string language;    // "JAVA", "SCALA", "SQL", "PYTHON" or empty: not written.
  std::vector<std::string> jars;
  std::vector<OptionEntry> options;
  std::vector<Parameter> parameters;
  std::optional<TypeName> returns;
  SqlExpressionPtr body;
  SourceSpan span;
};

enum class DropKind : uint8_t { kTable, kView, kFunction };

struct DropStatement {
  DropKind kind = DropKind::kTable;
  bool temporary = false;
  bool system = false;  // DROP TEMPORARY SYSTEM FUNCTION
  bool if_exists = false;
  ObjectName name;
};

// key = literal of PARTITION (...)
struct PartitionEntry {
  Identifier key;
  SqlExpressionPtr value;  // Null: ANALYZE TABLE t PARTITION (key)
};

// INSERT INTO|OVERWRITE target [hints] [PARTITION (key = literal, ...)] [(columns)] query
struct InsertStatement {
  bool overwrite = false;
  ObjectName target;
  std::vector<QueryHint> hints;
  std::vector<PartitionEntry> partition;
  SourceSpan partition_span;
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
  // A query, an INSERT, a statement set or a CREATE TABLE ... AS.
  std::shared_ptr<const Statement> statement;
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
  bool ignore_case = false;  // ILIKE
  bool user_only = false;    // SHOW USER FUNCTIONS
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

// A statement of Flink which is read so that the text is checked, but which nothing here runs: its
// words and parts in the order written. Whoever builds such a statement gives it a node of its own.
struct CommandStatement {
  struct Words {
    std::string text;  // "SET", "RENAME TO", ","; upper case.
  };
  struct Text {
    std::string value;
  };
  struct Names {
    std::vector<ObjectName> names;  // "(a, b.c)"
  };
  struct Keys {
    std::vector<std::string> keys;  // "('a', 'b')"
  };
  struct Options {
    std::vector<OptionEntry> options;  // "('a' = 'b')"
  };
  struct Partition {
    std::vector<PartitionEntry> entries;  // "PARTITION (a = 1, b)"
  };
  using Part = std::variant<Words, Text, ObjectName, Names, Keys, Options, Partition, QueryHint,
                            TableColumn, PrimaryKeyClause, WatermarkClause, DistributionClause,
                            SqlExpressionPtr, QueryPtr, std::shared_ptr<const Statement>>;

  std::string name;  // "ALTER TABLE": what messages call it.
  std::vector<Part> parts;
  SourceSpan span;  // Of the words that name it.
};

struct Statement {
  std::variant<CreateTableStatement, CreateViewStatement, CreateFunctionStatement, DropStatement,
               InsertStatement, StatementSet, QueryStatement, ExplainStatement, SetStatement,
               ResetStatement, ShowStatement, DescribeStatement, UseStatement, CommandStatement>
      node;
  SourceSpan span;  // Without the semicolon.

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

}  // namespace millrace
