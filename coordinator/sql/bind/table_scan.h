// A table as a query reads it: its physical columns from the source, its computed columns above.
#pragma once

#include <optional>

#include "coordinator/sql/bind/query_binder.h"

namespace millrace {

// The output has all columns of the table, in order; METADATA columns cannot be read yet and are
// marked so in the scope. `span`: where the query names the table. `hints` are those of the query;
// OPTIONS changes options of the table for this reader.
std::optional<Relation> BindTableScan(const TablePtr& table, SourceSpan span,
                                      const std::vector<QueryHint>& hints, QueryContext& context);

// The options of `table` with those of the hints over them; what is wrong with them is reported.
std::optional<TableOptions> OptionsWithHints(const TableDefinition& table,
                                             const std::vector<QueryHint>& hints,
                                             DiagnosticLog& log);

}  // namespace millrace
