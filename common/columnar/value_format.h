// Values and rows as text, in the two forms that Flink prints.
//
// The Java form is Row.toString(): lines of `print`. The SQL form is CAST(x AS STRING): tables of
// the shell, string functions. They differ in times (2024-01-01T12:00:05 and 2024-01-01
// 12:00:05.000 for a TIMESTAMP(3)), booleans (true and TRUE), NULL (null and NULL) and bytes ([97,
// 98] and the bytes as text).
#pragma once

#include <cstdint>
#include <string>

#include "arrow/array.h"
#include "common/columnar/batch.h"
#include "common/columnar/schema.h"
#include "common/columnar/time_zone.h"

namespace millrace {

// Appends row `row` of `column` in the Java form: TIMESTAMP as 2024-01-01T12:00:05.123 with as many
// digits as needed (0, 3, 6) and without seconds if they are zero, TIMESTAMP_LTZ as an instant
// (...Z), ROW as +I[a, b], ARRAY as [a, b], MAP as {k=v}, NULL as null, doubles as Java prints
// them.
void AppendValue(const DataType& type, const arrow::Array& column, int64_t row, std::string& out);

// "+I[1, abc]", without a line feed: Flink's Row.toString().
void AppendRow(const Schema& schema, const Batch& batch, int64_t row, std::string& out);

// Appends row `row` of `column` in the SQL form: TIMESTAMP(p) with p digits of its fraction, ROW as
// (a, b), NULL as NULL, intervals as +1 02:03:04.005 and +1-02. TIMESTAMP_LTZ is shown in local
// time: that of `zone`, or UTC.
void AppendSqlValue(const DataType& type, const arrow::Array& column, int64_t row,
                    std::string& out);
void AppendSqlValue(const DataType& type, const arrow::Array& column, int64_t row,
                    const TimeZone& zone, std::string& out);

// As Java's Double.toString() and Float.toString(): "1.0", "1.0E10", "NaN".
void AppendDouble(double value, std::string& out);
void AppendFloat(float value, std::string& out);

}  // namespace millrace
