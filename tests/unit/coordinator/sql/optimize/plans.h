// Small logical plans for tests of the rules, and their text without the noise.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "common/base/check.h"
#include "common/expr/function_registry.h"
#include "coordinator/sql/bind/expression_rewrite.h"
#include "coordinator/sql/bind/logical_plan.h"
#include "coordinator/sql/bind/plan_text.h"

namespace millrace {

// id BIGINT, page STRING, at TIMESTAMP(3) with a watermark, visitor ROW<name STRING, age INT>
inline TablePtr Clicks() {
  static const TablePtr& table = *new TablePtr([] {
    TableDefinition clicks{.name = "clicks"};
    clicks.columns = {
        {.name = "id", .type = DataType::BigInt()},
        {.name = "page", .type = DataType::String()},
        {.name = "at", .type = DataType::Timestamp(3)},
        {.name = "visitor",
         .type = DataType::Row({"name", "age"}, {DataType::String(), DataType::Int()})}};
    clicks.options = {{"connector", "datagen"}};
    return std::make_shared<const TableDefinition>(std::move(clicks));
  }());
  return table;
}

inline ExpressionPtr Column(const LogicalPlan& plan, int index) {
  return Expression::Column(index, plan->output.field(index).type);
}

// REQUIRES: it can be bound.
inline ExpressionPtr Bound(const char* function, std::vector<ExpressionPtr> arguments) {
  auto call = BindCall(function, std::move(arguments));
  CHECK_OK(call.status());
  return *std::move(call);
}

// Reads Clicks; the watermark is at - 1 s.
inline LogicalPlan ScanClicks(TableOptions options = Clicks()->options) {
  LogicalScan scan{.table = Clicks(), .options = std::move(options)};
  const Schema schema = Clicks()->schema();
  scan.watermark = Bound(
      "minus", {Expression::Column(2, schema.field(2).type), Expression::IntervalDayTime(1000)});
  LogicalPlan plan = MakeScan(std::move(scan), schema);
  std::vector<TimeRole> roles = plan->roles;
  roles[2] = TimeRole::kRowtime;
  return WithRoles(*plan, std::move(roles));
}

inline LogicalPlan Project(LogicalPlan input, std::vector<ExpressionPtr> expressions,
                           std::vector<std::string> names) {
  return MakeProject(std::move(input), std::move(expressions), std::move(names));
}

// To a table 'out' with the columns of the plan.
inline LogicalPlan SinkOf(LogicalPlan plan) {
  TableDefinition table{.name = "out", .options = {{"connector", "blackhole"}}};
  for (const Field& field : plan->output.fields()) {
    table.columns.push_back({.name = field.name, .type = field.type});
  }
  Schema schema = plan->output;
  return MakeSink(std::move(plan), std::make_shared<const TableDefinition>(std::move(table)),
                  std::move(schema));
}

// One node a line, as EXPLAIN shows it, without what is the same in all of these plans.
inline std::string Text(const LogicalPlan& plan) {
  return absl::StrReplaceAll(OptimizedPlanText(plan), {{"default_catalog, default_database, ", ""},
                                                       {"default_catalog.default_database.", ""}});
}

}  // namespace millrace
