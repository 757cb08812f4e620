// LIKE: what a new table takes over from another one.
#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/table_binder.h"

namespace millrace {
namespace {

constexpr size_t kFeatures = 8;

// What is done with each feature; later options of the clause win over earlier ones.
class Actions {
 public:
  // Flink's default: INCLUDING ALL OVERWRITING OPTIONS.
  Actions() {
    actions_.fill(LikeAction::kIncluding);
    of(LikeFeature::kOptions) = LikeAction::kOverwriting;
  }

  LikeAction& of(LikeFeature feature) { return actions_[static_cast<size_t>(feature)]; }
  bool Includes(LikeFeature feature) { return of(feature) != LikeAction::kExcluding; }
  bool Overwrites(LikeFeature feature) { return of(feature) == LikeAction::kOverwriting; }
  void SetAll(LikeAction action) { actions_.fill(action); }

 private:
  std::array<LikeAction, kFeatures> actions_;
};

bool MayBeOverwritten(LikeFeature feature) {
  return feature != LikeFeature::kAll && feature != LikeFeature::kConstraints &&
         feature != LikeFeature::kPartitions && feature != LikeFeature::kDistribution;
}

std::optional<Actions> BindActions(const LikeClause& like, DiagnosticLog& log) {
  Actions actions;
  for (const LikeClause::Option& option : like.options) {
    if (option.feature == LikeFeature::kAll) actions.SetAll(option.action);
  }
  for (const LikeClause::Option& option : like.options) {
    if (option.action == LikeAction::kOverwriting && !MayBeOverwritten(option.feature)) {
      log.Error(option.span, bind_code::kWrongTable,
                "only GENERATED, METADATA, OPTIONS and WATERMARKS can be OVERWRITING");
      return std::nullopt;
    }
    if (option.feature != LikeFeature::kAll) actions.of(option.feature) = option.action;
  }
  return actions;
}

// The columns that are taken over. Computed ones and the watermark follow the columns they use.
void CopyColumns(const TableDefinition& base, Actions& actions, TableDefinition& copy) {
  std::vector<int> new_index;
  for (const ColumnDefinition& column : base.columns) {
    const bool kept =
        column.kind == ColumnKind::kPhysical ||
        actions.Includes(column.kind == ColumnKind::kComputed ? LikeFeature::kGenerated
                                                              : LikeFeature::kMetadata);
    new_index.push_back(kept ? static_cast<int>(copy.columns.size()) : -1);
    if (kept) copy.columns.push_back(column);
  }
  const auto uses_only_kept = [&](const ExpressionPtr& expression) {
    std::set<int> used;
    CollectColumns(expression, used);
    return std::all_of(used.begin(), used.end(),
                       [&](int column) { return new_index[column] >= 0; });
  };
  std::erase_if(copy.columns, [&](const ColumnDefinition& column) {
    return column.kind == ColumnKind::kComputed && !uses_only_kept(column.expression);
  });
  // Some may be gone now: find the new places once more, by name.
  for (size_t i = 0; i < base.columns.size(); ++i) {
    new_index[i] = copy.Find(base.columns[i].name).value_or(-1);
  }
  for (ColumnDefinition& column : copy.columns) {
    if (column.kind != ColumnKind::kComputed) continue;
    column.expression = RemapColumns(column.expression, new_index);
  }
  if (!base.watermark.has_value() || !actions.Includes(LikeFeature::kWatermarks)) return;
  const int time = new_index[base.watermark->column];
  if (time < 0 || !uses_only_kept(base.watermark->expression)) return;
  copy.watermark = base.watermark;
  copy.watermark->column = time;
  copy.watermark->expression = RemapColumns(base.watermark->expression, new_index);
}

}  // namespace

std::optional<LikeDefinition> BindLike(const LikeClause& like, const DefinitionContext& context) {
  std::optional<Actions> actions = BindActions(like, context.log);
  const absl::StatusOr<CatalogObject> object = context.catalog.Find(PathOf(like.table.parts));
  if (!object.ok()) {
    const auto& broken = context.broken_names;
    const std::string& name = like.table.parts.back().name;
    if (std::find(broken.begin(), broken.end(), name) == broken.end()) {
      context.log.Error(like.table.span, bind_code::kUnknownTable, object.status());
    }
    return std::nullopt;
  }
  const auto* base = std::get_if<TablePtr>(&*object);
  if (base == nullptr) {
    context.log.Error(like.table.span, bind_code::kWrongTable,
                      "LIKE needs a table, this is a view");
    return std::nullopt;
  }
  if (!actions.has_value()) return std::nullopt;
  LikeDefinition definition{.overwrite_generated = actions->Overwrites(LikeFeature::kGenerated),
                            .overwrite_metadata = actions->Overwrites(LikeFeature::kMetadata),
                            .overwrite_options = actions->Overwrites(LikeFeature::kOptions),
                            .overwrite_watermarks = actions->Overwrites(LikeFeature::kWatermarks)};
  CopyColumns(**base, *actions, definition.table);
  if (actions->Includes(LikeFeature::kConstraints)) {
    definition.table.primary_key = (*base)->primary_key;
  }
  if (actions->Includes(LikeFeature::kPartitions)) {
    definition.table.partition_keys = (*base)->partition_keys;
  }
  if (actions->Includes(LikeFeature::kOptions)) definition.table.options = (*base)->options;
  return definition;
}

}  // namespace millrace
