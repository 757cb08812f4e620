// CREATE TABLE and CREATE VIEW: statements to definitions.
#pragma once

#include <string_view>

#include "coordinator/sql/bind/query_binder.h"
#include "coordinator/sql/parse/statement_ast.h"

namespace millrace {

struct DefinitionContext {
  const Catalog& catalog;
  DiagnosticLog& log;
  std::string_view text;  // Of the script: definitions keep what was written.
  const std::vector<std::string>& broken_names;
};

// Types, computed columns, METADATA columns, PRIMARY KEY (its columns become NOT NULL), WATERMARK,
// LIKE; options as far as they need no look outside. Null after reporting.
TablePtr BindCreateTable(const CreateTableStatement& statement, const DefinitionContext& context);

// Null after reporting.
ViewPtr BindCreateView(const CreateViewStatement& statement, const DefinitionContext& context);

// like_clause.cc: what LIKE takes over from its table, before the statement's own parts. Empty
// after reporting.
struct LikeDefinition {
  TableDefinition table;  // Columns, watermark, key, partitions, options that are included.
  bool overwrite_generated = false;
  bool overwrite_metadata = false;
  bool overwrite_options = false;
  bool overwrite_watermarks = false;
};
std::optional<LikeDefinition> BindLike(const LikeClause& like, const DefinitionContext& context);

}  // namespace millrace
