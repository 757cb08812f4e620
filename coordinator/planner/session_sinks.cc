#include "coordinator/planner/session_sinks.h"

#include <string>
#include <utility>

#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/optimize/session_zone.h"

namespace millrace {
namespace {

constexpr const char* kJson = "json";

// `type` with local times instead of instants.
DataType LocalType(const DataType& type) {
  std::vector<DataType> children;
  for (const DataType& child : type.children()) children.push_back(LocalType(child));
  DataType local = type;
  switch (type.kind()) {
    case TypeKind::kTimestampLtz:
      local = DataType::Timestamp(type.precision());
      break;
    case TypeKind::kArray:
      local = DataType::Array(std::move(children[0]));
      break;
    case TypeKind::kMap:
      local = DataType::Map(std::move(children[0]), std::move(children[1]));
      break;
    case TypeKind::kRow:
      local = DataType::Row(type.field_names(), std::move(children));
      break;
    default:
      break;
  }
  return local.WithNullable(type.nullable());
}

LogicalPlan ShownLocally(const LogicalPlan& plan) {
  const auto* sink = std::get_if<LogicalSink>(&plan->spec);
  if (sink == nullptr || sink->table->options.at("connector") != "collect") return plan;
  std::vector<ExpressionPtr> columns;
  std::vector<Field> fields;
  bool changed = false;
  for (int i = 0; i < sink->schema.size(); ++i) {
    const Field& field = sink->schema.field(i);
    columns.push_back(Expression::Column(i, plan->input().output.field(i).type));
    const DataType local = LocalType(field.type);
    if (!(local == field.type)) {
      changed = true;
      columns.back() = Expression::Call(
          "cast", {columns.back()}, local.WithNullable(columns.back()->type().nullable()));
    }
    fields.push_back({field.name, local});
  }
  if (!changed) return plan;
  LogicalPlan shown =
      MakeProject(plan->inputs.front(), std::move(columns), ColumnNames(plan->input().output));
  return MakeSink(std::move(shown), sink->table, Schema(std::move(fields)));
}

}  // namespace

std::vector<LogicalPlan> InSession(std::vector<LogicalPlan> sinks, const JobGraphOptions& options) {
  if (options.time_zone.is_utc()) return sinks;
  for (LogicalPlan& sink : sinks) {
    if (options.result_format != kJson) sink = ShownLocally(sink);
    sink = InTimeZone(sink, options.time_zone);
  }
  return sinks;
}

}  // namespace millrace
