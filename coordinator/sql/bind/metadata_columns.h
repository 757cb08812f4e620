// METADATA columns: what the connector knows of a record beside its content. They are read, and
// written, as the connector's own type; the column's declared type is cast from it and to it. Pure.
#pragma once

#include <optional>

#include "coordinator/catalog/option_spec.h"
#include "coordinator/catalog/table_definition.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/parse/source_span.h"

namespace millrace {

// At CREATE TABLE: whether the connector has the key, and the type can be cast from its own.
// Reports.
void CheckMetadataColumn(const ConnectorSpec& connector, const ColumnDefinition& column,
                         SourceSpan span, DiagnosticLog& log);

// When the table is read: the connector's type of it, as nullable as the column was declared. Empty
// after reporting.
std::optional<DataType> MetadataType(const ConnectorSpec& connector, const ColumnDefinition& column,
                                     SourceSpan span, DiagnosticLog& log);

// When the table is written, of a column that is not VIRTUAL: `value`, which has the column's
// declared type, as the connector takes it. Null after reporting.
ExpressionPtr ToMetadata(const ConnectorSpec& connector, const ColumnDefinition& column,
                         ExpressionPtr value, SourceSpan span, DiagnosticLog& log);

}  // namespace millrace
