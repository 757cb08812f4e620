// Grammar functions (token_cursor.h) for the parts of a table's definition, which CREATE TABLE and
// ALTER TABLE share.
#pragma once

#include <optional>
#include <vector>

#include "coordinator/sql/parse/token_cursor.h"

namespace millrace {

// name TYPE ..., name AS expression, name TYPE METADATA ... A PRIMARY KEY behind the type goes to
// `key`; a second one fails with MR1104.
TableColumn ParseColumn(TokenCursor& cursor, std::optional<PrimaryKeyClause>* key);

// [CONSTRAINT name] PRIMARY KEY (a, b) NOT ENFORCED
bool AtTableConstraint(const TokenCursor& cursor);
PrimaryKeyClause ParseTableConstraint(TokenCursor& cursor);

// WATERMARK FOR a.b AS expression
bool AtWatermark(const TokenCursor& cursor);
WatermarkClause ParseWatermark(TokenCursor& cursor);

// Behind DISTRIBUTED, or ADD DISTRIBUTION: [BY [HASH|RANGE] (columns)] [INTO n BUCKETS]
DistributionClause ParseDistribution(TokenCursor& cursor);

}  // namespace millrace
