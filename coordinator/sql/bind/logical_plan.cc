#include "coordinator/sql/bind/logical_plan.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/expr/clock_functions.h"

namespace millrace {
namespace {

LogicalPlan Make(LogicalNode node) {
  CHECK_EQ(node.roles.size(), static_cast<size_t>(node.output.size()));
  return std::make_shared<const LogicalNode>(std::move(node));
}

struct Columns {
  Schema schema;
  std::vector<TimeRole> roles;
};

// The output of a projection: plain references keep their column's role.
Columns ProjectedColumns(const LogicalNode& input, const std::vector<ExpressionPtr>& expressions,
                         const std::vector<std::string>& names) {
  CHECK_EQ(expressions.size(), names.size());
  std::vector<Field> fields;
  std::vector<TimeRole> roles;
  for (size_t i = 0; i < expressions.size(); ++i) {
    const Expression& expression = *expressions[i];
    fields.push_back({names[i], expression.type()});
    const bool is_reference = expression.kind() == ExpressionKind::kColumn;
    const bool is_proctime =
        expression.kind() == ExpressionKind::kCall && expression.function() == kProctimeFunction;
    roles.push_back(is_reference  ? input.roles[expression.index()]
                    : is_proctime ? TimeRole::kProctime
                                  : TimeRole::kNone);
  }
  return {Schema(std::move(fields)), std::move(roles)};
}

// A window's bounds are local times, whatever the time attribute is.
void AppendWindowColumns(const DataType& time_type, std::vector<Field>& fields) {
  const DataType bound = DataType::Timestamp(3).WithNullable(false);
  fields.push_back({"window_start", bound});
  fields.push_back({"window_end", bound});
  fields.push_back({"window_time", time_type.WithNullable(false)});
}

Columns GroupedColumns(const LogicalNode& input, const std::vector<int>& keys,
                       const std::vector<AggregateCall>& calls,
                       const std::vector<std::string>& call_names) {
  CHECK_EQ(calls.size(), call_names.size());
  std::vector<Field> fields;
  std::vector<TimeRole> roles;
  for (const int key : keys) {
    fields.push_back(input.output.field(key));
    roles.push_back(input.roles[key]);
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    fields.push_back({call_names[i], calls[i].result_type});
    roles.push_back(TimeRole::kNone);
  }
  return {Schema(std::move(fields)), std::move(roles)};
}

// Columns that may be filled up with NULLs are nullable, and no window's any more.
void AppendSide(const LogicalNode& side, bool filled_up, Columns& columns) {
  std::vector<Field> fields = columns.schema.fields();
  for (Field field : side.output.fields()) {
    if (filled_up) field.type = field.type.WithNullable(true);
    fields.push_back(std::move(field));
  }
  columns.schema = Schema(std::move(fields));
  for (const TimeRole role : side.roles) {
    columns.roles.push_back(filled_up ? TimeRole::kNone : role);
  }
}

Columns JoinedColumns(const LogicalNode& left, const LogicalNode& right, JoinType type) {
  Columns columns;
  AppendSide(left, KeepsRight(type), columns);
  if (GivesRight(type)) AppendSide(right, KeepsLeft(type), columns);
  return columns;
}

Columns WithRowNumber(const LogicalNode& input, const std::string& name) {
  std::vector<Field> fields = input.output.fields();
  std::vector<TimeRole> roles = input.roles;
  fields.push_back({name, DataType::BigInt().WithNullable(false)});
  roles.push_back(TimeRole::kNone);
  return {Schema(std::move(fields)), std::move(roles)};
}

}  // namespace

LogicalPlan MakeScan(LogicalScan scan, Schema output) {
  std::vector<TimeRole> roles(output.size(), TimeRole::kNone);
  return Make({.spec = std::move(scan), .output = std::move(output), .roles = std::move(roles)});
}

LogicalPlan MakeFilter(LogicalPlan input, ExpressionPtr condition) {
  LogicalNode node{
      .spec = LogicalFilter{std::move(condition)}, .output = input->output, .roles = input->roles};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

LogicalPlan MakeProject(LogicalPlan input, std::vector<ExpressionPtr> expressions,
                        std::vector<std::string> names) {
  Columns columns = ProjectedColumns(*input, expressions, names);
  LogicalNode node{.spec = LogicalProject{std::move(expressions)},
                   .output = std::move(columns.schema),
                   .roles = std::move(columns.roles)};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

LogicalPlan MakeCalc(LogicalPlan input, LogicalCalc calc, std::vector<std::string> names) {
  Columns columns = ProjectedColumns(*input, calc.projections, names);
  LogicalNode node{.spec = std::move(calc),
                   .output = std::move(columns.schema),
                   .roles = std::move(columns.roles)};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

LogicalPlan MakeWindowTvf(LogicalPlan input, LogicalWindowTvf tvf) {
  std::vector<Field> fields = input->output.fields();
  // From here on the window's own columns are the time attributes.
  std::vector<TimeRole> roles;
  for (const TimeRole role : input->roles) {
    roles.push_back(CanWindow(role) ? TimeRole::kFormerTime : TimeRole::kNone);
  }
  AppendWindowColumns(input->output.field(tvf.window.time_column).type, fields);
  if (tvf.window.processing_time) {
    roles.insert(roles.end(), {TimeRole::kProctimeWindowStart, TimeRole::kProctimeWindowEnd,
                               TimeRole::kProctime});
  } else {
    roles.insert(roles.end(),
                 {TimeRole::kWindowStart, TimeRole::kWindowEnd, TimeRole::kWindowTime});
  }
  LogicalNode node{
      .spec = std::move(tvf), .output = Schema(std::move(fields)), .roles = std::move(roles)};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

LogicalPlan MakeAggregate(LogicalPlan input, LogicalAggregate aggregate,
                          std::vector<std::string> call_names) {
  Columns columns = GroupedColumns(*input, aggregate.keys, aggregate.calls, call_names);
  // Results of a window keep its start and end, and window_time is their event time. Groups that
  // never end have none.
  const bool windows = GroupsWindows(aggregate, *input);
  for (TimeRole& role : columns.roles) {
    if (IsTimeAttribute(role)) role = TimeRole::kRowtime;
    if (!windows) role = TimeRole::kNone;
  }
  LogicalNode node{.spec = std::move(aggregate),
                   .output = std::move(columns.schema),
                   .roles = std::move(columns.roles)};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

LogicalPlan MakeWindowAggregate(LogicalPlan input, LogicalWindowAggregate aggregate,
                                std::vector<std::string> call_names) {
  if (aggregate.rows_of_extreme) {
    LogicalNode node{.spec = std::move(aggregate), .output = input->output, .roles = input->roles};
    node.inputs.push_back(std::move(input));
    return Make(std::move(node));
  }
  Columns columns = GroupedColumns(*input, aggregate.keys, aggregate.calls, call_names);
  std::vector<Field> fields = columns.schema.fields();
  for (TimeRole& role : columns.roles) role = TimeRole::kNone;
  AppendWindowColumns(input->output.field(aggregate.window.time_column).type, fields);
  if (aggregate.window.processing_time) {
    columns.roles.insert(columns.roles.end(),
                         {TimeRole::kProctimeWindowStart, TimeRole::kProctimeWindowEnd,
                          TimeRole::kProctime});
  } else {
    columns.roles.insert(columns.roles.end(),
                         {TimeRole::kWindowStart, TimeRole::kWindowEnd, TimeRole::kRowtime});
  }
  LogicalNode node{.spec = std::move(aggregate),
                   .output = Schema(std::move(fields)),
                   .roles = std::move(columns.roles)};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

bool GroupsWindows(const LogicalAggregate& aggregate, const LogicalNode& input) {
  const auto has = [&](TimeRole role) {
    return std::any_of(aggregate.keys.begin(), aggregate.keys.end(),
                       [&](int key) { return input.roles[key] == role; });
  };
  return (has(TimeRole::kWindowStart) && has(TimeRole::kWindowEnd)) ||
         (has(TimeRole::kProctimeWindowStart) && has(TimeRole::kProctimeWindowEnd));
}

LogicalPlan MakeExpand(LogicalPlan input, LogicalExpand expand) {
  std::vector<Field> fields = input->output.fields();
  std::vector<TimeRole> roles = input->roles;
  for (const ExpandSpec::Set& set : expand.sets) {
    for (const int column : set.null_columns) {
      fields[column].type = fields[column].type.WithNullable(true);
      roles[column] = TimeRole::kNone;
    }
  }
  fields.push_back({"$e", DataType::BigInt().WithNullable(false)});
  roles.push_back(TimeRole::kNone);
  LogicalNode node{
      .spec = std::move(expand), .output = Schema(std::move(fields)), .roles = std::move(roles)};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

LogicalPlan MakeJoin(LogicalPlan left, LogicalPlan right, LogicalJoin join) {
  Columns columns = JoinedColumns(*left, *right, join.type);
  LogicalNode node{.spec = std::move(join),
                   .output = std::move(columns.schema),
                   .roles = std::move(columns.roles)};
  node.inputs = {std::move(left), std::move(right)};
  return Make(std::move(node));
}

LogicalPlan MakeWindowJoin(LogicalPlan left, LogicalPlan right, LogicalWindowJoin join) {
  Columns columns = JoinedColumns(*left, *right, join.type);
  LogicalNode node{.spec = std::move(join),
                   .output = std::move(columns.schema),
                   .roles = std::move(columns.roles)};
  node.inputs = {std::move(left), std::move(right)};
  return Make(std::move(node));
}

LogicalPlan MakeRowNumber(LogicalPlan input, LogicalRowNumber row_number) {
  Columns columns = WithRowNumber(*input, "$rn");
  LogicalNode node{.spec = std::move(row_number),
                   .output = std::move(columns.schema),
                   .roles = std::move(columns.roles)};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

LogicalPlan MakeWindowRank(LogicalPlan input, LogicalWindowRank rank, const std::string& name) {
  Columns columns = rank.rank.emits_rank ? WithRowNumber(*input, name)
                                         : Columns{input->output, input->roles};
  LogicalNode node{.spec = std::move(rank),
                   .output = std::move(columns.schema),
                   .roles = std::move(columns.roles)};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

LogicalPlan MakeSink(LogicalPlan input, TablePtr table, Schema schema) {
  LogicalNode node{.spec = LogicalSink{std::move(table), std::move(schema)}};
  node.inputs.push_back(std::move(input));
  return Make(std::move(node));
}

LogicalPlan MakeUnionAll(std::vector<LogicalPlan> inputs) {
  CHECK(!inputs.empty());
  LogicalNode node{
      .spec = LogicalUnionAll{}, .output = inputs[0]->output, .roles = inputs[0]->roles};
  for (const LogicalPlan& input : inputs) {
    for (size_t i = 0; i < node.roles.size(); ++i) {
      // The windows of two inputs are not the same windows.
      const bool rowtime = IsTimeAttribute(input->roles[i]) && IsTimeAttribute(node.roles[i]);
      const bool proctime =
          input->roles[i] == TimeRole::kProctime && node.roles[i] == TimeRole::kProctime;
      node.roles[i] = rowtime    ? TimeRole::kRowtime
                      : proctime ? TimeRole::kProctime
                                 : TimeRole::kNone;
    }
  }
  node.inputs = std::move(inputs);
  return Make(std::move(node));
}

LogicalPlan WithInputs(const LogicalNode& node, std::vector<LogicalPlan> inputs) {
  LogicalNode copy = node;
  copy.inputs = std::move(inputs);
  return Make(std::move(copy));
}

LogicalPlan WithRoles(const LogicalNode& node, std::vector<TimeRole> roles) {
  LogicalNode copy = node;
  copy.roles = std::move(roles);
  return Make(std::move(copy));
}

}  // namespace millrace
