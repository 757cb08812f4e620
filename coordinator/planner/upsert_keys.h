// By which columns the rows of a query replace each other, and in which task a row of a key is.
//
// Both are the keys of a GROUP BY, followed through projections. Pure.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/sql/bind/logical_plan.h"

namespace millrace {

// Whether rows are written by the table's primary key (ConnectorSpec::needs_primary_key).
bool WritesByKey(const LogicalSink& sink);

// Indexes of the primary key in the sink's columns.
std::vector<int> PrimaryKeyColumns(const LogicalSink& sink);

// Whether the table of the LogicalSink `node` may be written by its primary key alone: rows of one
// group have one key, and no two groups share one. OK if it is not written by it. REQUIRES: its
// rows change others. kUnimplemented, naming both keys: Flink puts a SinkUpsertMaterializer there.
absl::Status CheckUpsertKey(const LogicalNode& node);

// Whether `node`, over an input of which all rows with equal `columns` are in one task, gives rows
// that are in one task if they are equal in these columns of its own. Empty: they are not known.
std::optional<std::vector<int>> FollowColumns(const LogicalNode& node,
                                              const std::vector<int>& columns);

}  // namespace millrace
