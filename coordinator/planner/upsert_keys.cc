#include "coordinator/planner/upsert_keys.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/check.h"
#include "coordinator/catalog/option_spec.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/optimize/expression_traits.h"

namespace millrace {
namespace {

// A CAST that gives different values for different ones.
bool KeepsApart(const DataType& from, const DataType& to) {
  if (from.WithNullable(true) == to.WithNullable(true)) return true;
  if (from.IsInteger() && to.IsInteger()) return from.kind() < to.kind();
  return from.kind() == TypeKind::kVarchar && to.kind() == TypeKind::kVarchar &&
         from.length() <= to.length();
}

// The column that `expression` is, as it is or in a wider type.
std::optional<int> ColumnBehind(const Expression& expression) {
  if (expression.kind() == ExpressionKind::kColumn) return expression.index();
  const bool is_cast = expression.kind() == ExpressionKind::kCall &&
                       expression.function() == "cast" && expression.arguments().size() == 1;
  if (!is_cast || !KeepsApart(expression.arguments()[0]->type(), expression.type())) {
    return std::nullopt;
  }
  return ColumnBehind(*expression.arguments()[0]);
}

// What a column is in terms of the GROUP BY below it.
struct GroupColumn {
  std::optional<int> key;  // One of its keys.
  bool of_group = false;   // The same for all rows of a group: computed of keys, or a constant.
};

struct GroupColumns {
  int keys = 0;
  std::vector<GroupColumn> columns;
};

// Empty: rows of several groups meet, e.g. in a UNION ALL.
std::optional<GroupColumns> Trace(const LogicalNode& node) {
  if (const auto* aggregate = std::get_if<LogicalAggregate>(&node.spec)) {
    GroupColumns groups{.keys = static_cast<int>(aggregate->keys.size())};
    groups.columns.resize(node.output.size());
    for (int i = 0; i < groups.keys; ++i) groups.columns[i] = {.key = i, .of_group = true};
    return groups;
  }
  const auto* calc = std::get_if<LogicalCalc>(&node.spec);
  if (calc == nullptr) return std::nullopt;
  const std::optional<GroupColumns> input = Trace(node.input());
  if (!input.has_value()) return std::nullopt;
  GroupColumns groups{.keys = input->keys};
  for (const ExpressionPtr& projection : calc->projections) {
    GroupColumn column;
    if (const std::optional<int> behind = ColumnBehind(*projection)) {
      column = input->columns[*behind];
    } else {
      std::set<int> used;
      CollectColumns(projection, used);
      column.of_group = IsDeterministic(projection) &&
                        std::all_of(used.begin(), used.end(),
                                    [&](int index) { return input->columns[index].of_group; });
    }
    groups.columns.push_back(column);
  }
  return groups;
}

// The GROUP BY is in the key, and nothing that a row of a group may change.
bool IsKeyOf(const std::vector<int>& columns, const GroupColumns& groups) {
  std::set<int> found;
  for (const int column : columns) {
    const GroupColumn& group = groups.columns[column];
    if (!group.of_group) return false;
    if (group.key.has_value()) found.insert(*group.key);
  }
  return static_cast<int>(found.size()) == groups.keys;
}

}  // namespace

bool WritesByKey(const LogicalSink& sink) {
  const auto connector = sink.table->options.find("connector");
  if (connector == sink.table->options.end()) return false;
  const ConnectorSpec* spec = FindConnector(connector->second);
  return spec != nullptr && spec->needs_primary_key;
}

std::vector<int> PrimaryKeyColumns(const LogicalSink& sink) {
  std::vector<int> columns;
  for (const std::string& name : sink.table->primary_key) {
    const std::optional<int> column = sink.schema.Find(name);
    CHECK(column.has_value());  // The binder has checked it.
    columns.push_back(*column);
  }
  return columns;
}

absl::Status CheckUpsertKey(const LogicalNode& node) {
  const auto& sink = std::get<LogicalSink>(node.spec);
  if (!WritesByKey(sink)) return absl::OkStatus();
  const std::optional<GroupColumns> groups = Trace(node.input());
  if (groups.has_value() && IsKeyOf(PrimaryKeyColumns(sink), *groups)) return absl::OkStatus();
  std::string given = "have no key";
  if (groups.has_value()) {
    std::vector<std::string> names;
    for (size_t i = 0; i < groups->columns.size(); ++i) {
      if (groups->columns[i].key.has_value()) {
        names.push_back(sink.schema.field(static_cast<int>(i)).name);
      }
    }
    const bool all = static_cast<int>(names.size()) >= groups->keys;
    given = all ? absl::StrCat("replace each other by (", absl::StrJoin(names, ", "), ")")
                : "replace each other by a GROUP BY that is not selected as a whole";
  }
  return absl::UnimplementedError(absl::StrCat(
      "the PRIMARY KEY (", absl::StrJoin(sink.table->primary_key, ", "), ") of the table '",
      sink.table->name, "' is not the key of the query, whose rows ", given,
      ". That is valid in Flink, not built yet; make the columns of GROUP BY the PRIMARY KEY"));
}

std::optional<std::vector<int>> FollowColumns(const LogicalNode& node,
                                              const std::vector<int>& columns) {
  const auto* calc = std::get_if<LogicalCalc>(&node.spec);
  CHECK(calc != nullptr);
  std::vector<int> followed;
  for (const int column : columns) {
    const auto found = std::find_if(
        calc->projections.begin(), calc->projections.end(),
        [&](const ExpressionPtr& projection) { return ColumnBehind(*projection) == column; });
    if (found == calc->projections.end()) return std::nullopt;
    followed.push_back(static_cast<int>(found - calc->projections.begin()));
  }
  return followed;
}

}  // namespace millrace
