// CREATE statements.
#include "coordinator/sql/parse/unparser_impl.h"

namespace millrace {
namespace {

std::string_view LikeActionText(LikeAction action) {
  switch (action) {
    case LikeAction::kIncluding:
      return "INCLUDING ";
    case LikeAction::kExcluding:
      return "EXCLUDING ";
    case LikeAction::kOverwriting:
      return "OVERWRITING ";
  }
  return "";
}

std::string_view LikeFeatureText(LikeFeature feature) {
  switch (feature) {
    case LikeFeature::kAll:
      return "ALL";
    case LikeFeature::kConstraints:
      return "CONSTRAINTS";
    case LikeFeature::kDistribution:
      return "DISTRIBUTION";
    case LikeFeature::kGenerated:
      return "GENERATED";
    case LikeFeature::kMetadata:
      return "METADATA";
    case LikeFeature::kOptions:
      return "OPTIONS";
    case LikeFeature::kPartitions:
      return "PARTITIONS";
    case LikeFeature::kWatermarks:
      return "WATERMARKS";
  }
  return "";
}

}  // namespace

void Unparser::WriteColumn(const TableColumn& column) {
  PutName(column.name);
  Put(" ");
  if (const auto* computed = std::get_if<ComputedColumn>(&column.kind)) {
    Put("AS ");
    Write(*computed->expression);
  } else if (const auto* physical = std::get_if<PhysicalColumn>(&column.kind)) {
    Put(physical->type.text);
  } else if (const auto* metadata = std::get_if<MetadataColumn>(&column.kind)) {
    Put(metadata->type.text);
    Put(" METADATA");
    if (metadata->key.has_value()) {
      Put(" FROM ");
      PutString(*metadata->key);
    }
    if (metadata->is_virtual) Put(" VIRTUAL");
  }
  WriteComment(column.comment);
}

void Unparser::WriteLike(const LikeClause& like) {
  Put(" LIKE ");
  PutName(like.table);
  if (like.options.empty()) return;
  Put(" (");
  for (size_t i = 0; i < like.options.size(); ++i) {
    if (i > 0) Put(" ");
    Put(LikeActionText(like.options[i].action));
    Put(LikeFeatureText(like.options[i].feature));
  }
  Put(")");
}

void Unparser::WriteKey(const PrimaryKeyClause& key) {
  if (key.name.has_value()) {
    Put("CONSTRAINT ");
    PutName(*key.name);
    Put(" ");
  }
  Put("PRIMARY KEY ");
  PutNames(key.columns);
  Put(" NOT ENFORCED");
}

void Unparser::WriteWatermark(const WatermarkClause& watermark) {
  Put("WATERMARK FOR ");
  PutName(ObjectName{.parts = watermark.column});
  Put(" AS ");
  Write(*watermark.expression);
}

void Unparser::WriteDistribution(const DistributionClause& distribution) {
  if (!distribution.columns.empty()) {
    Put("BY ");
    Put(distribution.kind);
    PutNames(distribution.columns);
  }
  if (!distribution.buckets.has_value()) return;
  Put(distribution.columns.empty() ? "INTO " : " INTO ");
  Put(*distribution.buckets);
  Put(" BUCKETS");
}

void Unparser::WriteElements(const CreateTableStatement& table) {
  if (!table.query_columns.empty()) {
    Put(" ");
    return PutNames(table.query_columns);
  }
  std::string_view separator = " (";
  const auto next = [&] {
    Put(separator);
    separator = ", ";
  };
  for (const TableColumn& column : table.columns) {
    next();
    WriteColumn(column);
  }
  if (table.watermark.has_value()) {
    next();
    WriteWatermark(*table.watermark);
  }
  if (table.primary_key.has_value()) {
    next();
    WriteKey(*table.primary_key);
  }
  if (separator == ", ") Put(")");
}

void Unparser::WriteStatement(const CreateTableStatement& table) {
  Put(table.or_replace ? "CREATE OR REPLACE " : "CREATE ");
  Put(table.temporary ? "TEMPORARY TABLE " : "TABLE ");
  if (table.if_not_exists) Put("IF NOT EXISTS ");
  PutName(table.name);
  WriteElements(table);
  WriteComment(table.comment);
  if (table.distribution.has_value()) {
    Put(" DISTRIBUTED ");
    WriteDistribution(*table.distribution);
  }
  if (!table.partitioned_by.empty()) {
    Put(" PARTITIONED BY ");
    PutNames(table.partitioned_by);
  }
  if (!table.options.empty()) {
    Put(" WITH ");
    WriteOptions(table.options);
  }
  if (table.like.has_value()) WriteLike(*table.like);
  if (table.query == nullptr) return;
  Put(" AS ");
  Write(*table.query);
}

void Unparser::WriteStatement(const CreateViewStatement& view) {
  Put(view.or_replace ? "CREATE OR REPLACE " : "CREATE ");
  if (view.temporary) Put("TEMPORARY ");
  Put(view.materialized ? "MATERIALIZED VIEW " : "VIEW ");
  if (view.if_not_exists) Put("IF NOT EXISTS ");
  PutName(view.name);
  if (!view.columns.empty()) {
    Put(" ");
    PutNames(view.columns);
  }
  WriteComment(view.comment);
  Put(" AS ");
  Write(*view.query);
}

void Unparser::WriteStatement(const CreateFunctionStatement& function) {
  Put(function.temporary ? "CREATE TEMPORARY " : "CREATE ");
  Put(function.system ? "SYSTEM FUNCTION " : "FUNCTION ");
  if (function.if_not_exists) Put("IF NOT EXISTS ");
  PutName(function.name);
  if (function.body != nullptr) {
    Put("(");
    for (size_t i = 0; i < function.parameters.size(); ++i) {
      if (i > 0) Put(", ");
      PutName(function.parameters[i].name);
      Put(" ");
      Put(function.parameters[i].type.text);
    }
    Put(")");
    if (function.returns.has_value()) {
      Put(" RETURNS ");
      Put(function.returns->text);
    }
    Put(" RETURN ");
    return Write(*function.body);
  }
  Put(" AS ");
  PutString(function.class_name);
  if (!function.language.empty()) {
    Put(" LANGUAGE ");
    Put(function.language);
  }
  for (size_t i = 0; i < function.jars.size(); ++i) {
    Put(i == 0 ? " USING JAR " : ", JAR ");
    PutString(function.jars[i]);
  }
  if (function.options.empty()) return;
  Put(" WITH ");
  WriteOptions(function.options);
}

}  // namespace millrace
