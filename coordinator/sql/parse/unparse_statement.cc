#include "coordinator/sql/parse/unparser_impl.h"

namespace millrace {
namespace {

std::string_view DropText(DropKind kind) {
  switch (kind) {
    case DropKind::kTable:
      return "TABLE ";
    case DropKind::kView:
      return "VIEW ";
    case DropKind::kFunction:
      return "FUNCTION ";
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

void Unparser::WriteStatement(const DropStatement& drop) {
  Put(drop.temporary ? "DROP TEMPORARY " : "DROP ");
  if (drop.system) Put("SYSTEM ");
  Put(DropText(drop.kind));
  if (drop.if_exists) Put("IF EXISTS ");
  PutName(drop.name);
}

void Unparser::WriteStatement(const InsertStatement& insert) {
  Put(insert.overwrite ? "INSERT OVERWRITE " : "INSERT INTO ");
  PutName(insert.target);
  Put(" ");
  WriteHints(insert.hints);
  if (!insert.partition.empty()) {
    WritePartition(insert.partition);
    Put(" ");
  }
  if (!insert.columns.empty()) {
    PutNames(insert.columns);
    Put(" ");
  }
  Write(*insert.query);
}

void Unparser::WriteStatement(const StatementSet& set) {
  Put("EXECUTE ");
  WriteInserts(set);
}

void Unparser::WriteInserts(const StatementSet& set) {
  Put("STATEMENT SET BEGIN ");
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
  Put(show.not_like ? " NOT" : "");
  Put(show.ignore_case ? " ILIKE " : " LIKE ");
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
