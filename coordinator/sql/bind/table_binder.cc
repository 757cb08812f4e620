#include "coordinator/sql/bind/table_binder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/similar_name.h"
#include "coordinator/catalog/table_options.h"
#include "coordinator/sql/bind/expression_binder.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/metadata_columns.h"
#include "coordinator/sql/bind/option_diagnostics.h"

namespace millrace {
namespace {

std::string TextOf(SourceSpan span, std::string_view text) { return std::string(span.In(text)); }

class TableBinder {
 public:
  TableBinder(const CreateTableStatement& statement, const DefinitionContext& context)
      : statement_(statement), context_(context), log_(context.log) {}

  TablePtr Bind() {
    const size_t before = log_.size();
    if (statement_.like.has_value()) {
      std::optional<LikeDefinition> like = BindLike(*statement_.like, context_);
      if (!like.has_value()) return nullptr;
      like_ = *std::move(like);
      table_ = std::move(like_.table);
    }
    table_.name = statement_.name.parts.back().name;
    table_.temporary = statement_.temporary;
    table_.comment = statement_.comment.value_or("");
    BindOptions();
    BindColumns();
    BindPrimaryKey();
    if (log_.size() == before) BindComputedColumns();
    if (log_.size() == before) BindWatermark();
    if (log_.size() == before) CheckTakenOver();
    BindPartitions();
    if (log_.size() != before) return nullptr;
    return std::make_shared<const TableDefinition>(std::move(table_));
  }

 private:
  void BindOptions() {
    for (const OptionEntry& option : statement_.options) {
      if (table_.options.contains(option.key) && !like_.overwrite_options) {
        log_.Error(option.key_span, bind_code::kWrongOption,
                   absl::StrCat("the option '", option.key, "' is there from LIKE already"),
                   "LIKE ... (OVERWRITING OPTIONS) lets the new value win");
      }
      table_.options[option.key] = option.value;
    }
  }

  void BindColumns() {
    for (const TableColumn& column : statement_.columns) {
      ColumnDefinition definition{.name = column.name.name, .comment = column.comment.value_or("")};
      if (const auto* physical = std::get_if<PhysicalColumn>(&column.kind)) {
        definition.type = BindType(physical->type, log_).value_or(DataType());
      } else if (const auto* metadata = std::get_if<MetadataColumn>(&column.kind)) {
        definition.kind = ColumnKind::kMetadata;
        definition.type = BindType(metadata->type, log_).value_or(DataType());
        definition.metadata_key = metadata->key.value_or(column.name.name);
        definition.is_virtual = metadata->is_virtual;
        CheckMetadataKey(definition, column);
      } else {
        definition.kind = ColumnKind::kComputed;
      }
      AddColumn(std::move(definition), column.name.span);
    }
    ReportOptionProblems(
        CheckOptions(table_.options, ColumnNames(table_.schema())),
        {.table = table_.name, .span = statement_.name.span, .entries = &statement_.options}, log_);
  }

  void AddColumn(ColumnDefinition definition, SourceSpan span) {
    const std::optional<int> taken = table_.Find(definition.name);
    if (!taken.has_value()) {
      table_.columns.push_back(std::move(definition));
      return;
    }
    const bool overwrites = definition.kind == table_.columns[*taken].kind &&
                            (definition.kind == ColumnKind::kComputed   ? like_.overwrite_generated
                             : definition.kind == ColumnKind::kMetadata ? like_.overwrite_metadata
                                                                        : false);
    if (!overwrites) {
      log_.Error(span, bind_code::kWrongTable,
                 absl::StrCat("the column '", definition.name, "' is there from LIKE already"));
      return;
    }
    table_.columns[*taken] = std::move(definition);
  }

  void CheckMetadataKey(const ColumnDefinition& column, const TableColumn& written) {
    const auto connector = table_.options.find("connector");
    if (connector == table_.options.end()) return;
    const ConnectorSpec* spec = FindConnector(connector->second);
    if (spec == nullptr || !spec->built) return;
    CheckMetadataColumn(*spec, column, written.span, log_);
  }

  void BindPrimaryKey() {
    if (!statement_.primary_key.has_value()) return;
    if (!table_.primary_key.empty()) {
      log_.Error(statement_.primary_key->span, bind_code::kWrongTable,
                 "there is a PRIMARY KEY from LIKE already",
                 "LIKE ... (EXCLUDING CONSTRAINTS) leaves it out");
      return;
    }
    for (const Identifier& name : statement_.primary_key->columns) {
      const std::optional<int> index = FindColumn(name);
      if (!index.has_value()) continue;
      ColumnDefinition& column = table_.columns[*index];
      if (column.kind != ColumnKind::kPhysical) {
        log_.Error(
            name.span, bind_code::kWrongTable,
            absl::StrCat("the PRIMARY KEY needs physical columns, '", name.name, "' is none"));
      }
      column.type = column.type.WithNullable(false);
      table_.primary_key.push_back(name.name);
    }
  }

  // A computed column may use all columns that are not computed.
  void BindComputedColumns() {
    std::vector<Field> fields;
    std::vector<int> new_index;
    for (size_t i = 0; i < table_.columns.size(); ++i) {
      const ColumnDefinition& column = table_.columns[i];
      if (column.kind == ColumnKind::kComputed) continue;
      fields.push_back({column.name, column.type});
      new_index.push_back(static_cast<int>(i));
    }
    Scope scope;
    scope.Add({table_.name}, Schema(std::move(fields)));
    scope.UseFunctions(context_.catalog, context_.broken_names);
    for (const TableColumn& column : statement_.columns) {
      const auto* computed = std::get_if<ComputedColumn>(&column.kind);
      if (computed == nullptr) continue;
      ExpressionPtr expression =
          ExpressionBinder({.scope = &scope, .log = &log_, .clause = "a computed column"})
              .Bind(*computed->expression);
      if (expression == nullptr) continue;
      ColumnDefinition& definition = table_.columns[*table_.Find(column.name.name)];
      definition.type = expression->type();
      definition.expression = RemapColumns(expression, new_index);
      definition.expression_text = TextOf(computed->expression->span, context_.text);
      if (definition.type.kind() == TypeKind::kNull) {
        log_.Error(computed->expression->span, bind_code::kWrongType, "a bare NULL has no type",
                   "write CAST(NULL AS type)");
      }
    }
  }

  void BindWatermark() {
    if (!statement_.watermark.has_value()) return;
    const WatermarkClause& clause = *statement_.watermark;
    if (table_.watermark.has_value() && !like_.overwrite_watermarks) {
      log_.Error(clause.span, bind_code::kWrongWatermark, "there is a WATERMARK from LIKE already",
                 "LIKE ... (OVERWRITING WATERMARKS) lets the new one win");
      return;
    }
    if (clause.column.size() != 1) {
      log_.NotBuilt(clause.span, "a WATERMARK for a field of a ROW",
                    "a computed column can be the time: name AS row.field");
      return;
    }
    const Identifier& name = clause.column.front();
    const std::optional<int> column = FindColumn(name);
    if (!column.has_value()) return;
    const DataType type = table_.columns[*column].type;
    if (!IsTimeType(type)) {
      log_.Error(
          name.span, bind_code::kWrongWatermark,
          absl::StrCat("a WATERMARK needs a column of TIMESTAMP(3) or TIMESTAMP_LTZ(3), '",
                       name.name, "' is ", type.WithNullable(true).ToString()),
          type.IsTimestamp() ? "" : "a computed column can be the time: t AS TO_TIMESTAMP(s)");
      return;
    }
    Scope scope;
    scope.Add({table_.name}, table_.schema());
    scope.UseFunctions(context_.catalog, context_.broken_names);
    const ExpressionPtr expression =
        ExpressionBinder({.scope = &scope, .log = &log_, .clause = "WATERMARK"})
            .Bind(*clause.expression);
    if (expression == nullptr) return;
    if (!IsTimeType(expression->type()) || expression->type().kind() != type.kind()) {
      log_.Error(clause.expression->span, bind_code::kWrongWatermark,
                 absl::StrCat("the WATERMARK must be of the type of its column, ",
                              type.WithNullable(true).ToString(), ", this is ",
                              expression->type().WithNullable(true).ToString()));
      return;
    }
    table_.watermark =
        WatermarkDefinition{.column = *column,
                            .expression = expression,
                            .expression_text = TextOf(clause.expression->span, context_.text)};
  }

  // What LIKE took over was bound over columns that may have other types here.
  void CheckTakenOver() {
    if (!statement_.like.has_value()) return;
    for (const ColumnDefinition& column : table_.columns) {
      if (column.kind != ColumnKind::kComputed) continue;
      CheckTypes(column.expression, absl::StrCat("the column '", column.name, "'"), "GENERATED");
    }
    if (!table_.watermark.has_value()) return;
    const ColumnDefinition& time = table_.columns[table_.watermark->column];
    const DataType& type = table_.watermark->expression->type();
    if (CheckTypes(table_.watermark->expression, "the WATERMARK", "WATERMARKS") &&
        !(IsTimeType(time.type) && time.type.kind() == type.kind())) {
      ReportTakenOver("the WATERMARK", "WATERMARKS", time, type);
    }
  }

  // False after reporting.
  bool CheckTypes(const ExpressionPtr& expression, const std::string& what, const char* feature) {
    ExpressionPtr other;
    ReplaceColumns(expression, [&](const ExpressionPtr& column) {
      const DataType& type = table_.columns[column->index()].type;
      if (type.WithNullable(true) != column->type().WithNullable(true)) other = column;
      return column;
    });
    if (other == nullptr) return true;
    ReportTakenOver(what, feature, table_.columns[other->index()], other->type());
    return false;
  }

  void ReportTakenOver(const std::string& what, const char* feature, const ColumnDefinition& column,
                       const DataType& type) {
    log_.Error(statement_.like->table.span, bind_code::kWrongTable,
               absl::StrCat(what, " from LIKE needs '", column.name, "' as ",
                            type.WithNullable(true).ToString(), ", here it is ",
                            column.type.WithNullable(true).ToString()),
               absl::StrCat("write it anew, with LIKE ... (OVERWRITING ", feature,
                            "), or leave it out with EXCLUDING ", feature));
  }

  static bool IsTimeType(const DataType& type) {
    return type.IsTimestamp() && type.precision() <= 3;
  }

  void BindPartitions() {
    if (statement_.partitioned_by.empty()) return;
    if (!table_.partition_keys.empty()) {
      log_.Error(statement_.partitioned_by.front().span, bind_code::kWrongTable,
                 "there is a PARTITIONED BY from LIKE already",
                 "LIKE ... (EXCLUDING PARTITIONS) leaves it out");
      return;
    }
    for (const Identifier& name : statement_.partitioned_by) {
      const std::optional<int> column = FindColumn(name);
      if (!column.has_value()) continue;
      if (table_.columns[*column].kind != ColumnKind::kPhysical) {
        log_.Error(
            name.span, bind_code::kWrongTable,
            absl::StrCat("PARTITIONED BY needs physical columns, '", name.name, "' is none"));
      }
      table_.partition_keys.push_back(name.name);
    }
  }

  std::optional<int> FindColumn(const Identifier& name) {
    const std::optional<int> column = table_.Find(name.name);
    if (!column.has_value()) {
      log_.Error(name.span, bind_code::kUnknownColumn,
                 absl::StrCat("there is no column '", name.name, "' in this table"),
                 DidYouMean(name.name, ColumnNames(table_.schema())));
    }
    return column;
  }

  const CreateTableStatement& statement_;
  const DefinitionContext& context_;
  DiagnosticLog& log_;
  LikeDefinition like_;
  TableDefinition table_;
};

}  // namespace

TablePtr BindCreateTable(const CreateTableStatement& statement, const DefinitionContext& context) {
  return TableBinder(statement, context).Bind();
}

ViewPtr BindCreateView(const CreateViewStatement& statement, const DefinitionContext& context) {
  int scans = 0;
  QueryContext query{.catalog = context.catalog,
                     .log = context.log,
                     .broken_names = context.broken_names,
                     .scans = scans};
  const LogicalPlan plan = BindQuery(*statement.query, query);
  if (plan == nullptr) return nullptr;
  ViewDefinition view{.name = statement.name.parts.back().name,
                      .column_names = PathOf(statement.columns),
                      .query = statement.query,
                      .query_text = TextOf(statement.query->span, context.text),
                      .comment = statement.comment.value_or(""),
                      .temporary = statement.temporary};
  const bool renamed = !view.column_names.empty();
  if (renamed && static_cast<int>(view.column_names.size()) != plan->output.size()) {
    context.log.Error(statement.name.span, bind_code::kWrongTable,
                      absl::StrCat("'", view.name, "' names ", view.column_names.size(),
                                   " columns, its query gives ", plan->output.size()));
    return nullptr;
  }
  view.schema = renamed ? RenameColumns(plan, view.column_names)->output : plan->output;
  std::vector<std::string> names = ColumnNames(view.schema);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    context.log.Error(
        statement.query->span, bind_code::kWrongTable,
        absl::StrCat("two columns of the view '", view.name, "' are called '", *twice, "'"),
        "give them different names with AS");
    return nullptr;
  }
  return std::make_shared<const ViewDefinition>(std::move(view));
}

}  // namespace millrace
