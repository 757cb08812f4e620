#include "coordinator/sql/bind/select_items.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace millrace {
namespace {

class SelectListBinder {
 public:
  explicit SelectListBinder(const ExpressionContext& context)
      : context_(context), scope_(*context.scope), log_(*context.log) {}

  std::optional<std::vector<SelectedColumn>> Bind(const std::vector<SelectItem>& items) && {
    for (const SelectItem& item : items) {
      if (item.expression != nullptr) {
        BindItem(item);
      } else if (item.star_of.has_value()) {
        SpreadStarOf(item, item.star_of->parts);
      } else {
        SpreadColumns(item.span, 0, static_cast<int>(scope_.columns().size()));
      }
    }
    if (wrong_) return std::nullopt;
    return std::move(selected_);
  }

 private:
  void BindItem(const SelectItem& item) {
    SelectedColumn column{.name = NameOf(item), .span = item.span};
    ExpressionContext context = context_;
    context.uses = &column.uses;
    column.expression = ExpressionBinder(std::move(context)).Bind(*item.expression);
    Add(std::move(column));
  }

  std::string NameOf(const SelectItem& item) const {
    if (item.alias.has_value()) return item.alias->name;
    if (const auto* column = item.expression->As<ColumnReference>()) {
      return column->path.back().name;
    }
    if (const auto* access = item.expression->As<FieldAccess>()) return access->field.name;
    return absl::StrCat("EXPR$", selected_.size());
  }

  // What * gives under a name that an item before it has is called name0, name1, ..., as in Flink:
  // so the two sides of a join can be told apart. Other items keep their names.
  std::string NameOfSpread(const std::string& name) const {
    if (!names_.contains(name)) return name;
    int number = 0;
    while (names_.contains(absl::StrCat(name, number))) ++number;
    return absl::StrCat(name, number);
  }

  // t.* of a table, r.* of a ROW column.
  void SpreadStarOf(const SelectItem& item, const std::vector<Identifier>& parts) {
    if (const ScopeTable* table = scope_.FindTable(PathOf(parts))) {
      SpreadColumns(item.span, table->first, table->count);
      return;
    }
    DiagnosticLog ignored;
    const ExpressionPtr row = scope_.Resolve(parts, ignored);
    if (row == nullptr || row->type().kind() != TypeKind::kRow) {
      log_.Error(item.span, bind_code::kUnknownTable,
                 absl::StrCat("there is no table or ROW column '",
                              absl::StrJoin(PathOf(parts), "."), "' in FROM"));
      wrong_ = true;
      return;
    }
    const Expression* root = row.get();
    while (root->kind() == ExpressionKind::kField) root = root->arguments().front().get();
    for (size_t i = 0; i < row->type().field_names().size(); ++i) {
      Add({.expression = Expression::Field(row, static_cast<int>(i)),
           .name = NameOfSpread(row->type().field_names()[i]),
           .span = item.span,
           .uses = {{.column = root->index(), .span = item.span}}});
    }
  }

  void SpreadColumns(SourceSpan span, int first, int count) {
    for (int i = first; i < first + count; ++i) {
      Add({.expression = scope_.Column(i),
           .name = NameOfSpread(scope_.columns()[i].name),
           .span = span,
           .uses = {{.column = i, .span = span}}});
    }
  }

  void Add(SelectedColumn column) {
    wrong_ = wrong_ || column.expression == nullptr;
    if (column.expression != nullptr && column.expression->type().kind() == TypeKind::kNull) {
      log_.Error(column.span, bind_code::kWrongType, "a bare NULL has no type",
                 "write CAST(NULL AS type)");
      wrong_ = true;
    }
    names_.insert(column.name);
    selected_.push_back(std::move(column));
  }

  const ExpressionContext& context_;
  const Scope& scope_;
  DiagnosticLog& log_;
  std::vector<SelectedColumn> selected_;
  std::set<std::string> names_;  // Of those selected.
  bool wrong_ = false;
};

}  // namespace

std::optional<std::vector<SelectedColumn>> BindSelectItems(const std::vector<SelectItem>& items,
                                                           const ExpressionContext& context) {
  return SelectListBinder(context).Bind(items);
}

}  // namespace millrace
