#include "coordinator/sql/bind/insert_binder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/similar_name.h"
#include "common/expr/function_registry.h"
#include "coordinator/catalog/table_options.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/metadata_columns.h"
#include "coordinator/sql/bind/option_diagnostics.h"
#include "coordinator/sql/bind/table_scan.h"

namespace millrace {
namespace {

// Where column `index` of the query is written: its item of the SELECT list, if there is one.
SourceSpan PlaceOf(const QueryExpression& query, int index) {
  const auto* select = query.As<SelectQuery>();
  if (select == nullptr) return query.span;
  const auto is_star = [](const SelectItem& item) { return item.expression == nullptr; };
  if (std::any_of(select->items.begin(), select->items.end(), is_star)) return query.span;
  return select->items[index].span;
}

class InsertBinder {
 public:
  InsertBinder(const InsertStatement& insert, QueryContext& context)
      : insert_(insert), context_(context), log_(context.log) {}

  LogicalPlan Bind() {
    if (insert_.overwrite) log_.NotBuilt(insert_.target.span, "INSERT OVERWRITE");
    const bool has_target = FindTarget();
    LogicalPlan query = BindQuery(*insert_.query, context_);
    if (!has_target || insert_.overwrite) return nullptr;
    const std::optional<std::vector<int>> columns = TargetColumns();
    if (!columns.has_value() || query == nullptr) return nullptr;
    if (!CheckCount(*columns, *query)) return nullptr;
    return BindColumns(*columns, std::move(query));
  }

 private:
  bool FindTarget() {
    const absl::StatusOr<CatalogObject> object =
        context_.catalog.Find(PathOf(insert_.target.parts));
    const std::string& name = insert_.target.parts.back().name;
    if (!object.ok()) {
      const auto& broken = context_.broken_names;
      if (std::find(broken.begin(), broken.end(), name) == broken.end()) {
        log_.Error(insert_.target.span, bind_code::kUnknownTable, object.status());
      }
      return false;
    }
    if (std::holds_alternative<ViewPtr>(*object)) {
      log_.Error(insert_.target.span, bind_code::kWrongInsert,
                 absl::StrCat("'", name, "' is a view; INSERT needs a table"));
      return false;
    }
    table_ = std::get<TablePtr>(*object);
    std::optional<TableOptions> options = OptionsWithHints(*table_, insert_.hints, log_);
    if (!options.has_value()) return false;
    if (*options != table_->options) {
      TableDefinition hinted = *table_;
      hinted.options = *std::move(options);
      table_ = std::make_shared<const TableDefinition>(std::move(hinted));
    }
    return ReportOptionProblems(CheckUse(table_->options, OptionUse::kSink),
                                {.table = name, .span = insert_.target.span}, log_) &&
           CheckPrimaryKey() && CheckPartitions();
  }

  const ConnectorSpec& Connector() const { return *FindConnector(table_->options.at("connector")); }

  bool CheckPartitions() {
    if (table_->partition_keys.empty() || Connector().takes_partitions) return true;
    log_.Error(insert_.target.span, bind_code::kWrongTable,
               absl::StrCat("the table '", table_->name, "' is PARTITIONED BY, which the connector '",
                            std::string(Connector().name), "' does not take"),
               "leave it out");
    return false;
  }

  bool CheckPrimaryKey() {
    const std::string& connector = table_->options.at("connector");
    if (!FindConnector(connector)->needs_primary_key || !table_->primary_key.empty()) return true;
    log_.Error(insert_.target.span, bind_code::kWrongTable,
               absl::StrCat("the table '", table_->name, "' needs a PRIMARY KEY: '", connector,
                            "' updates and deletes rows by it, and its columns are the key of the "
                            "records"),
               "add PRIMARY KEY (...) NOT ENFORCED to the columns of the table");
    return false;
  }

  // Indexes of the table's columns that the query gives, in its order.
  std::optional<std::vector<int>> TargetColumns() {
    const std::vector<int> writable = table_->WritableColumns();
    if (insert_.columns.empty()) return writable;
    std::vector<int> columns;
    bool right = true;
    for (const Identifier& name : insert_.columns) {
      const std::optional<int> column = FindWritable(name, writable);
      right = right && column.has_value();
      if (!column.has_value()) continue;
      columns.push_back(*column);
    }
    for (const int column : writable) {
      const ColumnDefinition& definition = table_->columns[column];
      if (!right || definition.type.nullable()) continue;
      if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
      log_.Error(insert_.target.span, bind_code::kWrongInsert,
                 absl::StrCat("the column '", definition.name, "' of '", table_->name,
                              "' is NOT NULL and must be listed"));
      right = false;
    }
    if (!right) return std::nullopt;
    return columns;
  }

  std::optional<int> FindWritable(const Identifier& name, const std::vector<int>& writable) {
    std::vector<std::string> names;
    for (const int column : writable) {
      names.push_back(table_->columns[column].name);
      if (names.back() == name.name) return column;
    }
    const bool exists = table_->Find(name.name).has_value();
    log_.Error(name.span, exists ? bind_code::kWrongInsert : bind_code::kUnknownColumn,
               exists
                   ? absl::StrCat("the column '", name.name, "' of '", table_->name,
                                  "' is computed and cannot be written")
                   : absl::StrCat("there is no column '", name.name, "' of '", table_->name, "'"),
               DidYouMean(name.name, names));
    return std::nullopt;
  }

  bool CheckCount(const std::vector<int>& columns, const LogicalNode& query) {
    if (static_cast<int>(columns.size()) == query.output.size()) return true;
    std::vector<std::string> names;
    for (const int column : columns) names.push_back(table_->columns[column].name);
    log_.Error(insert_.query->span, bind_code::kWrongInsert,
               absl::StrCat("'", table_->name, "' takes ", names.size(), " columns (",
                            absl::StrJoin(names, ", "), "), the query gives ", query.output.size(),
                            " (", absl::StrJoin(ColumnNames(query.output), ", "), ")"));
    return false;
  }

  LogicalPlan BindColumns(const std::vector<int>& columns, LogicalPlan query) {
    std::vector<ExpressionPtr> expressions;
    std::vector<std::string> names;
    std::vector<Field> fields;
    bool right = true;
    for (const int column : table_->WritableColumns()) {
      const ColumnDefinition& definition = table_->columns[column];
      const auto given = std::find(columns.begin(), columns.end(), column);
      expressions.push_back(
          given == columns.end()
              ? Expression::Null(definition.type)
              : CastTo(definition, static_cast<int>(given - columns.begin()), query->output));
      names.push_back(definition.name);
      if (expressions.back() != nullptr && definition.kind == ColumnKind::kMetadata) {
        expressions.back() = ToMetadata(Connector(), definition, std::move(expressions.back()),
                                        insert_.target.span, log_);
      }
      right = right && expressions.back() != nullptr;
      // NOT NULL is what the table says, whatever the query might give: the sink checks it.
      if (right) {
        const bool nullable = definition.type.nullable();
        fields.push_back({definition.name, expressions.back()->type().WithNullable(nullable)});
      }
    }
    if (!right) return nullptr;
    LogicalPlan input = MakeProject(std::move(query), std::move(expressions), std::move(names));
    return MakeSink(std::move(input), table_, Schema(std::move(fields)));
  }

  ExpressionPtr CastTo(const ColumnDefinition& column, int index, const Schema& query) {
    const Field& given = query.field(index);
    const ExpressionPtr value = Expression::Column(index, given.type);
    if (ExpressionPtr cast = CastImplicitly(value, column.type)) return cast;
    const std::string wanted = column.type.WithNullable(true).ToString();
    const bool castable = BindCast(value, column.type).ok();
    log_.Error(PlaceOf(*insert_.query, index), bind_code::kWrongInsert,
               absl::StrCat("the column '", column.name, "' of '", table_->name, "' is ", wanted,
                            ", the query gives ", given.type.WithNullable(true).ToString(), " ('",
                            given.name, "')"),
               castable ? absl::StrCat("write CAST(", given.name, " AS ", wanted, ")") : "");
    return nullptr;
  }

  const InsertStatement& insert_;
  QueryContext& context_;
  DiagnosticLog& log_;
  TablePtr table_;
};

std::vector<std::string> DistinctNames(const Schema& schema) {
  std::set<std::string> taken;
  for (const Field& field : schema.fields()) taken.insert(field.name);
  std::set<std::string> used;
  std::vector<std::string> names;
  for (const Field& field : schema.fields()) {
    std::string name = field.name;
    for (int i = 0; !used.insert(name).second; ++i) {
      name = absl::StrCat(field.name, i);
      if (taken.contains(name)) name = field.name;  // The number is someone else's name.
    }
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

LogicalPlan BindInsert(const InsertStatement& insert, QueryContext& context) {
  return InsertBinder(insert, context).Bind();
}

LogicalPlan BindCollect(const QueryExpression& query, std::string name, QueryContext& context) {
  LogicalPlan plan = BindQuery(query, context);
  if (plan == nullptr) return nullptr;
  plan = RenameColumns(plan, DistinctNames(plan->output));
  TableDefinition table{.name = std::move(name), .options = {{"connector", "collect"}}};
  for (const Field& field : plan->output.fields()) {
    table.columns.push_back({.name = field.name, .type = field.type});
  }
  Schema schema = plan->output;
  return MakeSink(std::move(plan), std::make_shared<const TableDefinition>(std::move(table)),
                  std::move(schema));
}

}  // namespace millrace
