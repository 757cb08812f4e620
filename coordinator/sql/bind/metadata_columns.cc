#include "coordinator/sql/bind/metadata_columns.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/absl_view.h"
#include "common/base/check.h"
#include "common/base/similar_name.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/diagnostic_codes.h"

namespace millrace {
namespace {

DataType TypeOf(const MetadataSpec& metadata) {
  absl::StatusOr<DataType> type = DataType::Parse(std::string(metadata.type));
  CHECK(type.ok());
  return *std::move(type);
}

std::string Nullable(const DataType& type) { return type.WithNullable(true).ToString(); }

// Null after reporting that the connector has no such metadata.
const MetadataSpec* Find(const ConnectorSpec& connector, const ColumnDefinition& column,
                         SourceSpan span, DiagnosticLog& log) {
  if (const MetadataSpec* found = FindMetadata(connector, column.metadata_key)) return found;
  std::vector<std::string> names;
  for (const MetadataSpec& metadata : connector.metadata) names.emplace_back(metadata.key);
  std::string hint = DidYouMean(column.metadata_key, names);
  if (hint.empty() && !names.empty()) hint = absl::StrCat("it has ", absl::StrJoin(names, ", "));
  log.Error(span, bind_code::kWrongTable,
            absl::StrCat("the connector '", AbslView(connector.name), "' has no metadata '",
                         column.metadata_key, "'"),
            std::move(hint));
  return nullptr;
}

}  // namespace

void CheckMetadataColumn(const ConnectorSpec& connector, const ColumnDefinition& column,
                         SourceSpan span, DiagnosticLog& log) {
  const MetadataSpec* metadata = Find(connector, column, span, log);
  if (metadata == nullptr) return;
  const DataType own = TypeOf(*metadata);
  const ExpressionPtr value = Expression::Column(0, own);
  if (BindCast(value, column.type).ok()) return;
  log.Error(span, bind_code::kWrongTable,
            absl::StrCat("the metadata '", column.metadata_key, "' is a ", Nullable(own),
                         ", which cannot be cast to ", Nullable(column.type)),
            absl::StrCat("declare the column as ", Nullable(own)));
}

std::optional<DataType> MetadataType(const ConnectorSpec& connector, const ColumnDefinition& column,
                                     SourceSpan span, DiagnosticLog& log) {
  const MetadataSpec* metadata = Find(connector, column, span, log);
  if (metadata == nullptr) return std::nullopt;
  if (!metadata->built) {
    log.NotBuilt(span, absl::StrCat("the metadata '", column.metadata_key, "' of the connector '",
                                    AbslView(connector.name), "'"));
    return std::nullopt;
  }
  return TypeOf(*metadata).WithNullable(column.type.nullable());
}

ExpressionPtr ToMetadata(const ConnectorSpec& connector, const ColumnDefinition& column,
                         ExpressionPtr value, SourceSpan span, DiagnosticLog& log) {
  const MetadataSpec* metadata = Find(connector, column, span, log);
  if (metadata == nullptr) return nullptr;
  if (!metadata->writable) {
    log.Error(span, bind_code::kWrongInsert,
              absl::StrCat("the metadata '", column.metadata_key, "' of the column '", column.name,
                           "' cannot be written"),
              "declare the column as METADATA VIRTUAL: it is then left out of an INSERT");
    return nullptr;
  }
  const DataType own = TypeOf(*metadata).WithNullable(true);
  absl::StatusOr<ExpressionPtr> cast = BindCast(std::move(value), own);
  if (cast.ok()) return *std::move(cast);
  log.Error(span, bind_code::kWrongInsert, std::string(cast.status().message()),
            absl::StrCat("declare the column '", column.name, "' as ", Nullable(own)));
  return nullptr;
}

}  // namespace millrace
