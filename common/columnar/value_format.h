// Values and rows as text, in the forms that Flink prints: `print` lines, table cells, CAST(x AS
// STRING).
#pragma once

#include <cstdint>
#include <string>

#include "arrow/array.h"
#include "common/columnar/batch.h"
#include "common/columnar/schema.h"

namespace millrace {

// Appends row `row` of `column`: TIMESTAMP as 2024-01-01T12:00:05.123 with as many digits as needed
// (0, 3, 6), ROW as +I[a, b], ARRAY as [a, b], MAP as {k=v}, NULL as null, doubles as Java prints
// them.
void AppendValue(const DataType& type, const arrow::Array& column, int64_t row, std::string& out);

// "+I[1, abc]", without a line feed: Flink's Row.toString().
void AppendRow(const Schema& schema, const Batch& batch, int64_t row, std::string& out);

}  // namespace millrace
