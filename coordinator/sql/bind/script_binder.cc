#include "coordinator/sql/bind/script_binder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/insert_binder.h"
#include "coordinator/sql/bind/statement_text.h"
#include "coordinator/sql/bind/table_binder.h"
#include "coordinator/sql/bind/user_functions.h"

namespace millrace {
namespace {

class ScriptBinder {
 public:
  ScriptBinder(std::string_view text, Catalog& catalog) : text_(text), catalog_(catalog) {}

  BoundScript Bind(const std::vector<Statement>& statements) && {
    for (const Statement& statement : statements) {
      span_ = statement.span;
      scans_ = 0;
      std::visit([this](const auto& node) { BindStatement(node); }, statement.node);
    }
    return {.statements = std::move(bound_), .diagnostics = log_.Take()};
  }

 private:
  void BindStatement(const CreateTableStatement& create) {
    if (create.query != nullptr) {
      log_.SyntaxNotBuilt(create.name.span, "CREATE TABLE ... AS",
                          "CREATE TABLE with its columns, then INSERT INTO ... SELECT");
    } else if (create.or_replace) {
      log_.SyntaxNotBuilt(create.name.span, "CREATE OR REPLACE TABLE", "DROP TABLE IF EXISTS");
    } else if (create.distribution.has_value()) {
      log_.SyntaxNotBuilt(create.distribution->span, "DISTRIBUTED BY");
    } else {
      DefineTable(create);
      return;
    }
    broken_names_.push_back(create.name.parts.back().name);
  }
  void DefineTable(const CreateTableStatement& create) {
    Define(create.name, create.if_not_exists, BindCreateTable(create, Definitions()));
  }
  void BindStatement(const CreateViewStatement& create) {
    if (create.materialized || create.or_replace) {
      log_.SyntaxNotBuilt(
          create.name.span,
          create.materialized ? "CREATE MATERIALIZED VIEW" : "CREATE OR REPLACE VIEW",
          create.materialized ? "CREATE VIEW" : "DROP VIEW IF EXISTS");
      broken_names_.push_back(create.name.parts.back().name);
      return;
    }
    Define(create.name, create.if_not_exists, BindCreateView(create, Definitions()));
  }

  template <typename Pointer>
  void Define(const ObjectName& name, bool if_not_exists, Pointer definition) {
    if (definition == nullptr) {
      broken_names_.push_back(name.parts.back().name);
      return;
    }
    absl::Status status = Catalog::ResolveName(PathOf(name.parts)).status();
    if (status.ok()) status = catalog_.Create(std::move(definition), if_not_exists);
    if (!status.ok()) log_.Error(name.span, bind_code::kNameTaken, status);
  }

  void BindStatement(const CreateFunctionStatement& create) {
    UserFunctionPtr function = BindCreateFunction(create, Definitions());
    if (function == nullptr) {
      broken_names_.push_back(create.name.parts.back().name);
      return;
    }
    absl::Status status = Catalog::ResolveName(PathOf(create.name.parts)).status();
    if (status.ok()) status = catalog_.CreateFunction(std::move(function), create.if_not_exists);
    if (!status.ok()) log_.Error(create.name.span, bind_code::kNameTaken, status);
  }

  void BindStatement(const DropStatement& drop) {
    if (drop.kind == DropKind::kFunction) {
      const absl::Status status = catalog_.RemoveFunction(
          PathOf(drop.name.parts),
          {.temporary = drop.temporary, .system = drop.system, .if_exists = drop.if_exists});
      if (!status.ok()) log_.Error(drop.name.span, bind_code::kUnknownFunction, status);
      return;
    }
    const bool is_view = drop.kind == DropKind::kView;
    const absl::StatusOr<std::string> name = Catalog::ResolveName(PathOf(drop.name.parts));
    const absl::Status status =
        name.ok()
            ? catalog_.Remove(*name, {.kind = is_view ? ObjectKind::kView : ObjectKind::kTable,
                                      .temporary = drop.temporary,
                                      .if_exists = drop.if_exists})
            : name.status();
    if (!status.ok()) log_.Error(drop.name.span, bind_code::kUnknownTable, status);
  }

  // Whether the statement may be bound on.
  bool CheckInsert(const InsertStatement& insert) {
    if (insert.partition.empty()) return true;
    log_.SyntaxNotBuilt(insert.partition_span, "INSERT ... PARTITION",
                        "without PARTITION the rows go to the partitions of their own columns");
    return false;
  }

  void BindStatement(const InsertStatement& insert) {
    if (!CheckInsert(insert)) return;
    QueryContext context = Queries();
    LogicalPlan sink = BindInsert(insert, context);
    if (sink != nullptr) bound_.push_back(BoundWrite{.sink = std::move(sink), .span = insert.span});
  }
  void BindStatement(const StatementSet& set) {
    for (const InsertStatement& insert : set.inserts) BindStatement(insert);
  }
  void BindStatement(const QueryStatement& statement) {
    LogicalPlan sink = BindSelectStatement(*statement.query);
    if (sink == nullptr) return;
    bound_.push_back(BoundWrite{.sink = std::move(sink), .span = span_, .is_select = true});
  }

  LogicalPlan BindSelectStatement(const QueryExpression& query) {
    QueryContext context = Queries();
    ++selects_;
    return BindCollect(query, selects_ == 1 ? "select" : absl::StrCat("select-", selects_),
                       context);
  }

  void BindStatement(const ExplainStatement& explain) {
    BoundExplain bound{.span = span_};
    const Statement& statement = *explain.statement;
    QueryContext context = Queries();
    const auto add = [&](LogicalPlan sink) {
      if (sink != nullptr) bound.sinks.push_back(std::move(sink));
    };
    const size_t before = log_.size();
    if (const auto* query = statement.As<QueryStatement>()) add(BindSelectStatement(*query->query));
    const auto add_insert = [&](const InsertStatement& insert) {
      if (CheckInsert(insert)) add(BindInsert(insert, context));
    };
    if (const auto* insert = statement.As<InsertStatement>()) add_insert(*insert);
    if (const auto* set = statement.As<StatementSet>()) {
      for (const InsertStatement& insert : set->inserts) add_insert(insert);
    }
    if (const auto* create = statement.As<CreateTableStatement>()) {
      log_.SyntaxNotBuilt(create->name.span, "CREATE TABLE ... AS");
    }
    if (log_.size() == before) bound_.push_back(std::move(bound));
  }

  void BindStatement(const SetStatement& set) {
    if (set.setting.has_value()) {
      bound_.push_back(BoundSet{.setting = *set.setting});
    } else {
      bound_.push_back(BoundShowSettings{});
    }
  }
  void BindStatement(const ResetStatement& reset) {
    bound_.push_back(BoundReset{reset.key.value_or("")});
  }

  void BindStatement(const ShowStatement& show) { Answer(ShowText(show, catalog_, log_)); }
  void BindStatement(const DescribeStatement& describe) {
    Answer(DescribeText(describe.name, catalog_, log_));
  }
  void Answer(std::optional<std::string> text) {
    if (text.has_value()) bound_.push_back(BoundText{.text = *std::move(text)});
  }

  void BindStatement(const CommandStatement& command) {
    log_.SyntaxNotBuilt(command.span, command.name);
  }

  // There is one catalog and one database, so USE can only name them.
  void BindStatement(const UseStatement& use) {
    std::vector<std::string> path = PathOf(use.name.parts);
    if (use.catalog) path.push_back(Catalog::kDatabaseName);
    path.push_back("any");
    const absl::Status status = Catalog::ResolveName(path).status();
    if (!status.ok()) log_.Error(use.name.span, bind_code::kUnknownTable, status);
  }

  DefinitionContext Definitions() {
    return {.catalog = catalog_, .log = log_, .text = text_, .broken_names = broken_names_};
  }
  QueryContext Queries() {
    return {.catalog = catalog_, .log = log_, .broken_names = broken_names_, .scans = scans_};
  }

  const std::string_view text_;
  Catalog& catalog_;
  DiagnosticLog log_;
  std::vector<std::string> broken_names_;
  std::vector<BoundStatement> bound_;
  SourceSpan span_;  // Of the statement being bound.
  int scans_ = 0;    // Of it so far.
  int selects_ = 0;  // Of the script.
};

}  // namespace

BoundScript BindScript(const std::vector<Statement>& statements, std::string_view text,
                       Catalog& catalog) {
  return ScriptBinder(text, catalog).Bind(statements);
}

}  // namespace millrace
