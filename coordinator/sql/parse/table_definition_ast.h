// The parts of a table's definition as written. Immutable like the rest of the tree.
#pragma once

#include <cstdint>
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

// [CONSTRAINT name] PRIMARY KEY (columns) NOT ENFORCED
struct PrimaryKeyClause {
  std::optional<Identifier> name;
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

// DISTRIBUTED [BY [HASH|RANGE] (columns)] [INTO n BUCKETS]
struct DistributionClause {
  std::string kind;                 // "HASH", "RANGE" or empty: not written.
  std::vector<Identifier> columns;  // Empty: only the number of buckets is given.
  std::optional<std::string> buckets;
  SourceSpan span;
};

}  // namespace millrace
