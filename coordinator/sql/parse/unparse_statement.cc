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

std::string_view DetailText(ExplainDetail detail) {
  switch (detail) {
    case ExplainDetail::kEstimatedCost:
      return "ESTIMATED_COST";
    case ExplainDetail::kChangelogMode:
      return "CHANGELOG_MODE";
    case ExplainDetail::kPlanAdvice:
      return "PLAN_ADVICE";
    case ExplainDetail::kJsonExecutionPlan:
      return "JSON_EXECUTION_PLAN";
  }
  return "";
}

std::string_view ShowText(ShowKind kind) {
  switch (kind) {
    case ShowKind::kTables:
      return "TABLES";
    case ShowKind::kViews:
      return "VIEWS";
    case ShowKind::kFunctions:
      return "FUNCTIONS";
    case ShowKind::kCreateTable:
      return "CREATE TABLE";
    case ShowKind::kCreateView:
      return "CREATE VIEW";
    case ShowKind::kColumns:
      return "COLUMNS";
    case ShowKind::kCatalogs:
      return "CATALOGS";
    case ShowKind::kDatabases:
      return "DATABASES";
    case ShowKind::kCurrentCatalog:
      return "CURRENT CATALOG";
    case ShowKind::kCurrentDatabase:
      return "CURRENT DATABASE";
  }
  return "";
}

}  // namespace

std::string Unparse(const Statement& statement, UnparseOptions options) {
  Unparser unparser(options);
  unparser.Write(statement);
  return unparser.Take();
}

void Unparser::Write(const Statement& statement) {
  std::visit([this](const auto& node) { WriteStatement(node); }, statement.node);
}

void Unparser::WriteComment(const std::optional<std::string>& comment) {
  if (!comment.has_value()) return;
  Put(" COMMENT ");
  PutString(*comment);
}

void Unparser::WriteOptions(const std::vector<OptionEntry>& options) {
  Put("(");
  for (size_t i = 0; i < options.size(); ++i) {
    if (i > 0) Put(", ");
    PutString(options[i].key);
    Put(" = ");
    PutString(options[i].value);
  }
  Put(")");
}

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

void Unparser::WriteStatement(const CreateTableStatement& table) {
  Put(table.temporary ? "CREATE TEMPORARY TABLE " : "CREATE TABLE ");
  if (table.if_not_exists) Put("IF NOT EXISTS ");
  PutName(table.name);
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
    Put("WATERMARK FOR ");
    PutName(ObjectName{.parts = table.watermark->column});
    Put(" AS ");
    Write(*table.watermark->expression);
  }
  if (table.primary_key.has_value()) {
    next();
    Put("PRIMARY KEY ");
    PutNames(table.primary_key->columns);
    Put(" NOT ENFORCED");
  }
  if (separator == ", ") Put(")");
  WriteComment(table.comment);
  if (!table.partitioned_by.empty()) {
    Put(" PARTITIONED BY ");
    PutNames(table.partitioned_by);
  }
  if (!table.options.empty()) {
    Put(" WITH ");
    WriteOptions(table.options);
  }
  if (table.like.has_value()) WriteLike(*table.like);
}

void Unparser::WriteStatement(const CreateViewStatement& view) {
  Put(view.temporary ? "CREATE TEMPORARY VIEW " : "CREATE VIEW ");
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

void Unparser::WriteStatement(const DropStatement& drop) {
  Put(drop.temporary ? "DROP TEMPORARY " : "DROP ");
  Put(drop.kind == DropKind::kView ? "VIEW " : "TABLE ");
  if (drop.if_exists) Put("IF EXISTS ");
  PutName(drop.name);
}

void Unparser::WriteStatement(const InsertStatement& insert) {
  Put(insert.overwrite ? "INSERT OVERWRITE " : "INSERT INTO ");
  PutName(insert.target);
  Put(" ");
  WriteHints(insert.hints);
  if (!insert.columns.empty()) {
    PutNames(insert.columns);
    Put(" ");
  }
  Write(*insert.query);
}

void Unparser::WriteStatement(const StatementSet& set) {
  Put("EXECUTE STATEMENT SET BEGIN ");
  for (const InsertStatement& insert : set.inserts) {
    WriteStatement(insert);
    Put("; ");
  }
  Put("END");
}

void Unparser::WriteStatement(const QueryStatement& query) { Write(*query.query); }

void Unparser::WriteStatement(const ExplainStatement& explain) {
  Put("EXPLAIN ");
  for (size_t i = 0; i < explain.details.size(); ++i) {
    if (i > 0) Put(", ");
    Put(DetailText(explain.details[i]));
  }
  if (!explain.details.empty()) Put(" ");
  Write(*explain.statement);
}

void Unparser::WriteStatement(const SetStatement& set) {
  Put("SET");
  if (!set.setting.has_value()) return;
  Put(" ");
  PutString(set.setting->key);
  Put(" = ");
  PutString(set.setting->value);
}

void Unparser::WriteStatement(const ResetStatement& reset) {
  Put("RESET");
  if (!reset.key.has_value()) return;
  Put(" ");
  PutString(*reset.key);
}

void Unparser::WriteStatement(const ShowStatement& show) {
  Put("SHOW ");
  if (show.user_only) Put("USER ");
  Put(ShowText(show.kind));
  if (!show.name.parts.empty()) {
    const bool object = show.kind == ShowKind::kCreateTable || show.kind == ShowKind::kCreateView;
    Put(object ? " " : " FROM ");
    PutName(show.name);
  }
  if (!show.like.has_value()) return;
  Put(show.not_like ? " NOT LIKE " : " LIKE ");
  PutString(*show.like);
}

void Unparser::WriteStatement(const DescribeStatement& describe) {
  Put(describe.extended ? "DESCRIBE EXTENDED " : "DESCRIBE ");
  PutName(describe.name);
}

void Unparser::WriteStatement(const UseStatement& use) {
  Put(use.catalog ? "USE CATALOG " : "USE ");
  PutName(use.name);
}

}  // namespace millrace
