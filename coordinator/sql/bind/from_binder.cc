// FROM: tables, views, WITH tables, sub-queries, window table functions and joins.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/join_binder.h"
#include "coordinator/sql/bind/query_binder.h"
#include "coordinator/sql/bind/table_scan.h"

namespace millrace {
namespace {

constexpr size_t kMaxOpenViews = 64;

Relation Named(LogicalPlan plan, std::vector<std::string> path) {
  Relation relation{.plan = std::move(plan)};
  relation.scope.Add(std::move(path), relation.plan->output);
  return relation;
}

// A view is bound again at every use. What is wrong with it now is said at the place of the use,
// for the view's own text may be in another script.
std::optional<Relation> BindView(const ViewDefinition& view, SourceSpan span,
                                 QueryContext& context) {
  if (context.open_views.size() >= kMaxOpenViews) {
    context.log.Error(span, bind_code::kWrongTable,
                      absl::StrCat("the view '", view.name, "' reads itself, or views lie ",
                                   kMaxOpenViews, " deep"));
    return std::nullopt;
  }
  DiagnosticLog log;
  QueryContext inner{.catalog = context.catalog,
                     .log = log,
                     .broken_names = context.broken_names,
                     .scans = context.scans,
                     .open_views = context.open_views};
  inner.open_views.push_back(view.name);
  LogicalPlan plan = BindQuery(*view.query, inner);
  if (plan == nullptr) {
    for (const SqlDiagnostic& diagnostic : log.diagnostics()) {
      const std::string message = absl::StrCat("in view '", view.name, "': ", diagnostic.message);
      if (diagnostic.not_built) {
        context.log.Error(span, bind_code::kNotBuilt, absl::UnimplementedError(message));
      } else {
        context.log.Error(span, diagnostic.code.c_str(), message, diagnostic.hint);
      }
    }
    return std::nullopt;
  }
  if (!view.column_names.empty()) {
    // A table that the view reads by * may have other columns than when the view was made.
    if (static_cast<int>(view.column_names.size()) != plan->output.size()) {
      context.log.Error(
          span, bind_code::kWrongTable,
          absl::StrCat("in view '", view.name, "': it names ", view.column_names.size(),
                       " columns, its query gives ", plan->output.size()),
          "a table that it reads has changed; create the view once more");
      return std::nullopt;
    }
    plan = RenameColumns(std::move(plan), view.column_names);
  }
  return Named(std::move(plan), {Catalog::kCatalogName, Catalog::kDatabaseName, view.name});
}

struct FromBinder {
  QueryContext& context;
  SourceSpan span;

  std::optional<Relation> operator()(const NamedTable& table) const {
    if (table.system_time != nullptr) {
      return NotBuilt(table.system_time->span, "FOR SYSTEM_TIME AS OF");
    }
    return BindNamedTable(table.name, table.hints, context);
  }
  std::optional<Relation> operator()(const DerivedTable& table) const {
    if (table.lateral) return NotBuilt(span, "LATERAL");
    LogicalPlan plan = BindQuery(*table.query, context);
    if (plan == nullptr) return std::nullopt;
    return Named(std::move(plan), {});
  }
  std::optional<Relation> operator()(const FunctionTable& table) const {
    const auto& call = *table.call->As<FunctionCall>();
    const std::string name = absl::AsciiStrToUpper(call.name.parts.back().name);
    if (!IsWindowFunction(name)) {
      return NotBuilt(call.name.span, absl::StrCat("the table function ", name));
    }
    return BindWindowFunction(call, table.call->span, context);
  }
  std::optional<Relation> operator()(const UnnestTable&) const { return NotBuilt(span, "UNNEST"); }
  std::optional<Relation> operator()(const MatchRecognizeTable& match) const {
    context.log.SyntaxNotBuilt(match.span, "MATCH_RECOGNIZE");
    return std::nullopt;
  }
  std::optional<Relation> operator()(const JoinedTable& join) const {
    return BindJoin(join, span, context);
  }

  std::optional<Relation> NotBuilt(SourceSpan place, std::string_view what) const {
    context.log.NotBuilt(place, what);
    return std::nullopt;
  }
};

// AS name (columns)
std::optional<Relation> Aliased(Relation relation, const TableAlias& alias, QueryContext& context) {
  if (!alias.columns.empty()) {
    if (static_cast<int>(alias.columns.size()) != relation.plan->output.size()) {
      context.log.Error(
          alias.name.span, bind_code::kWrongTable,
          absl::StrCat("'", alias.name.name, "' names ", alias.columns.size(),
                       " columns, the table before it has ", relation.plan->output.size()));
      return std::nullopt;
    }
    relation.plan = RenameColumns(std::move(relation.plan), PathOf(alias.columns));
  }
  Relation aliased{.plan = relation.plan};
  aliased.scope.Add({alias.name.name}, aliased.plan->output);
  return aliased;
}

}  // namespace

std::optional<Relation> BindFrom(const TableReference& reference, QueryContext& context) {
  if (reference.sample.has_value()) {
    context.log.SyntaxNotBuilt(reference.sample->span, "TABLESAMPLE");
  }
  std::optional<Relation> relation =
      std::visit(FromBinder{context, reference.span}, reference.node);
  if (relation.has_value() && reference.alias.has_value()) {
    relation = Aliased(*std::move(relation), *reference.alias, context);
  }
  if (relation.has_value()) relation->scope.UseFunctions(context.catalog, context.broken_names);
  return relation;
}

std::optional<Relation> BindNamedTable(const ObjectName& name, const std::vector<QueryHint>& hints,
                                       QueryContext& context) {
  const std::string& last = name.parts.back().name;
  if (name.parts.size() == 1) {
    const auto& tables = context.common_tables;
    const auto found = std::find_if(tables.rbegin(), tables.rend(),
                                    [&](const auto& table) { return table.name == last; });
    if (found != tables.rend()) {
      if (found->plan == nullptr) return std::nullopt;
      if (!hints.empty()) {
        context.log.NotBuilt(hints.front().span, "a hint on a table of WITH",
                             "it stands behind the table that the query reads");
        return std::nullopt;
      }
      if (!CountScans(found->scans, name.span, context)) return std::nullopt;
      return Named(found->plan, {last});
    }
  }
  const absl::StatusOr<CatalogObject> object = context.catalog.Find(PathOf(name.parts));
  if (!object.ok()) {
    const auto& broken = context.broken_names;
    if (std::find(broken.begin(), broken.end(), last) == broken.end()) {
      context.log.Error(name.span, bind_code::kUnknownTable, object.status());
    }
    return std::nullopt;
  }
  if (const auto* view = std::get_if<ViewPtr>(&*object)) {
    if (!hints.empty()) context.log.NotBuilt(hints.front().span, "a hint on a view");
    return BindView(**view, name.span, context);
  }
  return BindTableScan(std::get<TablePtr>(*object), name.span, hints, context);
}

}  // namespace millrace
