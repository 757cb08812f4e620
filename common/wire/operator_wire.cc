#include "common/wire/operator_wire.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/wire/field_error.h"
#include "common/wire/plan_wire.h"

namespace millrace {
namespace {

// The numbers of domain enums are those of plan.proto.
template <typename ProtoEnum, typename Enum>
ProtoEnum NumberOf(Enum value) {
  return static_cast<ProtoEnum>(static_cast<int>(value));
}

template <typename Enum>
absl::StatusOr<Enum> EnumOf(std::string_view field, int number, Enum last) {
  if (number >= 1 && number <= static_cast<int>(last)) return static_cast<Enum>(number);
  return FieldError(field, absl::StrCat("has the unknown value ", number));
}

absl::StatusOr<DataType> TypeFromText(std::string_view field, const std::string& text) {
  absl::StatusOr<DataType> type = DataType::Parse(text);
  if (type.ok()) return type;
  return FieldError(field, std::string(type.status().message()));
}

v1::Table TableToProto(const TableDescription& table) {
  v1::Table message;
  message.set_name(table.name);
  message.mutable_options()->insert(table.options.begin(), table.options.end());
  *message.mutable_schema() = SchemaToProto(table.schema);
  message.mutable_primary_key()->Assign(table.primary_key.begin(), table.primary_key.end());
  message.mutable_partition_keys()->Assign(table.partition_keys.begin(),
                                           table.partition_keys.end());
  if (table.declared.size() > 0) *message.mutable_declared() = SchemaToProto(table.declared);
  message.mutable_metadata()->insert(table.metadata.begin(), table.metadata.end());
  return message;
}

absl::StatusOr<TableDescription> TableFromProto(const v1::Table& message) {
  TableDescription table{
      .name = message.name(),
      .options = {message.options().begin(), message.options().end()},
      .primary_key = {message.primary_key().begin(), message.primary_key().end()},
      .partition_keys = {message.partition_keys().begin(), message.partition_keys().end()},
      .metadata = {message.metadata().begin(), message.metadata().end()}};
  ASSIGN_OR_RETURN(table.schema, Within("schema", SchemaFromProto(message.schema())));
  if (message.has_declared()) {
    ASSIGN_OR_RETURN(table.declared, Within("declared", SchemaFromProto(message.declared())));
  }
  return table;
}

v1::Source ToProto(const SourceSpec& source) {
  v1::Source message;
  *message.mutable_table() = TableToProto(source.table);
  if (source.watermark.has_value()) {
    v1::WatermarkStrategy& strategy = *message.mutable_watermark();
    *strategy.mutable_watermark() = ExpressionToProto(source.watermark->watermark);
    strategy.set_idle_timeout_ms(source.watermark->idle_timeout_ms);
  }
  return message;
}

absl::StatusOr<OperatorSpec> FromProto(const v1::Source& message) {
  SourceSpec source;
  ASSIGN_OR_RETURN(source.table, Within("table", TableFromProto(message.table())));
  if (message.has_watermark()) {
    WatermarkSpec watermark{.idle_timeout_ms = message.watermark().idle_timeout_ms()};
    ASSIGN_OR_RETURN(watermark.watermark,
                     Within("watermark", ExpressionFromProto(message.watermark().watermark())));
    source.watermark = std::move(watermark);
  }
  return OperatorSpec(std::move(source));
}

v1::Calc ToProto(const CalcSpec& calc) {
  v1::Calc message;
  if (calc.condition != nullptr) *message.mutable_condition() = ExpressionToProto(calc.condition);
  for (const ExpressionPtr& projection : calc.projections) {
    *message.add_projections() = ExpressionToProto(projection);
  }
  return message;
}

absl::StatusOr<OperatorSpec> FromProto(const v1::Calc& message) {
  CalcSpec calc;
  if (message.has_condition()) {
    ASSIGN_OR_RETURN(calc.condition, Within("condition", ExpressionFromProto(message.condition())));
  }
  for (int i = 0; i < message.projections_size(); ++i) {
    ASSIGN_OR_RETURN(
        calc.projections.emplace_back(),
        Within(Element("projections", i), ExpressionFromProto(message.projections(i))));
  }
  return OperatorSpec(std::move(calc));
}

v1::Window WindowToProto(const WindowSpec& window) {
  v1::Window message;
  message.set_kind(NumberOf<v1::WindowKind>(window.kind));
  message.set_time_column(window.time_column);
  message.set_size_ms(window.size_ms);
  message.set_slide_ms(window.slide_ms);
  message.set_offset_ms(window.offset_ms);
  message.set_start_column(window.start_column);
  message.set_processing_time(window.processing_time);
  message.set_time_zone(window.time_zone);
  return message;
}

absl::StatusOr<WindowSpec> WindowFromProto(const v1::Window& message) {
  WindowSpec window{.time_column = message.time_column(),
                    .size_ms = message.size_ms(),
                    .slide_ms = message.slide_ms(),
                    .offset_ms = message.offset_ms(),
                    .start_column = message.start_column(),
                    .processing_time = message.processing_time(),
                    .time_zone = message.time_zone()};
  ASSIGN_OR_RETURN(window.kind, EnumOf("kind", message.kind(), WindowKind::kAttached));
  return window;
}

v1::AggregateCall CallToProto(const AggregateCall& call) {
  v1::AggregateCall message;
  message.set_function(NumberOf<v1::AggregateFunction>(call.function));
  if (call.argument.has_value()) message.set_argument(*call.argument);
  if (call.filter_column.has_value()) message.set_filter_column(*call.filter_column);
  message.set_result_type(call.result_type.ToString());
  message.set_distinct(call.distinct);
  message.set_keeps_nulls(call.keeps_nulls);
  message.set_separator(call.separator);
  message.mutable_percentages()->Assign(call.percentages.begin(), call.percentages.end());
  if (call.weight.has_value()) message.set_weight(*call.weight);
  return message;
}

absl::StatusOr<AggregateCall> CallFromProto(const v1::AggregateCall& message) {
  AggregateCall call{.distinct = message.distinct(),
                     .keeps_nulls = message.keeps_nulls(),
                     .separator = message.separator(),
                     .percentages = {message.percentages().begin(), message.percentages().end()}};
  ASSIGN_OR_RETURN(call.function,
                   EnumOf("function", message.function(), AggregateFunction::kJsonArrayAgg));
  if (message.has_weight()) call.weight = message.weight();
  if (message.has_argument()) call.argument = message.argument();
  if (message.has_filter_column()) call.filter_column = message.filter_column();
  ASSIGN_OR_RETURN(call.result_type, TypeFromText("result_type", message.result_type()));
  return call;
}

template <typename Message>
absl::StatusOr<std::vector<AggregateCall>> CallsFromProto(const Message& message) {
  std::vector<AggregateCall> calls;
  for (int i = 0; i < message.calls_size(); ++i) {
    ASSIGN_OR_RETURN(calls.emplace_back(),
                     Within(Element("calls", i), CallFromProto(message.calls(i))));
  }
  return calls;
}

v1::WindowAggregate ToProto(const WindowAggregateSpec& aggregate) {
  v1::WindowAggregate message;
  *message.mutable_window() = WindowToProto(aggregate.window);
  message.mutable_key_columns()->Assign(aggregate.key_columns.begin(), aggregate.key_columns.end());
  for (const AggregateCall& call : aggregate.calls) *message.add_calls() = CallToProto(call);
  message.set_rows_of_extreme(aggregate.rows_of_extreme);
  return message;
}

absl::StatusOr<OperatorSpec> FromProto(const v1::WindowAggregate& message) {
  WindowAggregateSpec aggregate{.rows_of_extreme = message.rows_of_extreme()};
  ASSIGN_OR_RETURN(aggregate.window, Within("window", WindowFromProto(message.window())));
  aggregate.key_columns.assign(message.key_columns().begin(), message.key_columns().end());
  ASSIGN_OR_RETURN(aggregate.calls, CallsFromProto(message));
  return OperatorSpec(std::move(aggregate));
}

v1::GroupAggregate ToProto(const GroupAggregateSpec& aggregate) {
  v1::GroupAggregate message;
  message.mutable_key_columns()->Assign(aggregate.key_columns.begin(), aggregate.key_columns.end());
  for (const AggregateCall& call : aggregate.calls) *message.add_calls() = CallToProto(call);
  message.set_emits_update_before(aggregate.emits_update_before);
  return message;
}

absl::StatusOr<OperatorSpec> FromProto(const v1::GroupAggregate& message) {
  GroupAggregateSpec aggregate{.emits_update_before = message.emits_update_before()};
  aggregate.key_columns.assign(message.key_columns().begin(), message.key_columns().end());
  ASSIGN_OR_RETURN(aggregate.calls, CallsFromProto(message));
  return OperatorSpec(std::move(aggregate));
}

v1::Expand ToProto(const ExpandSpec& expand) {
  v1::Expand message;
  for (const ExpandSpec::Set& set : expand.sets) {
    v1::Expand::Set& added = *message.add_sets();
    added.mutable_null_columns()->Assign(set.null_columns.begin(), set.null_columns.end());
    added.set_id(set.id);
  }
  return message;
}

absl::StatusOr<OperatorSpec> FromProto(const v1::Expand& message) {
  ExpandSpec expand;
  for (const v1::Expand::Set& set : message.sets()) {
    expand.sets.push_back(
        {.null_columns = {set.null_columns().begin(), set.null_columns().end()}, .id = set.id()});
  }
  return OperatorSpec(std::move(expand));
}

v1::WindowTvf ToProto(const WindowTvfSpec& tvf) {
  v1::WindowTvf message;
  *message.mutable_window() = WindowToProto(tvf.window);
  return message;
}

absl::StatusOr<OperatorSpec> FromProto(const v1::WindowTvf& message) {
  WindowTvfSpec tvf;
  ASSIGN_OR_RETURN(tvf.window, Within("window", WindowFromProto(message.window())));
  return OperatorSpec(tvf);
}

v1::WindowRank ToProto(const WindowRankSpec& rank) {
  v1::WindowRank message;
  *message.mutable_window() = WindowToProto(rank.window);
  message.mutable_key_columns()->Assign(rank.key_columns.begin(), rank.key_columns.end());
  for (const SortColumn& sort : rank.order) {
    v1::SortColumn& added = *message.add_order();
    added.set_column(sort.column);
    added.set_descending(sort.descending);
    added.set_nulls_first(sort.nulls_first);
  }
  message.set_first(rank.first);
  message.set_last(rank.last);
  message.set_emits_rank(rank.emits_rank);
  message.set_latest_first(rank.latest_first);
  return message;
}

absl::StatusOr<OperatorSpec> FromProto(const v1::WindowRank& message) {
  WindowRankSpec rank{.key_columns = {message.key_columns().begin(), message.key_columns().end()},
                      .first = message.first(),
                      .last = message.last(),
                      .emits_rank = message.emits_rank(),
                      .latest_first = message.latest_first()};
  ASSIGN_OR_RETURN(rank.window, Within("window", WindowFromProto(message.window())));
  for (const v1::SortColumn& sort : message.order()) {
    rank.order.push_back({.column = sort.column(),
                          .descending = sort.descending(),
                          .nulls_first = sort.nulls_first()});
  }
  return OperatorSpec(std::move(rank));
}

v1::WindowJoinSide SideToProto(const WindowJoinSpec::Side& side) {
  v1::WindowJoinSide message;
  *message.mutable_window() = WindowToProto(side.window);
  message.mutable_key_columns()->Assign(side.key_columns.begin(), side.key_columns.end());
  return message;
}

absl::StatusOr<WindowJoinSpec::Side> SideFromProto(const v1::WindowJoinSide& message) {
  WindowJoinSpec::Side side{
      .key_columns = {message.key_columns().begin(), message.key_columns().end()}};
  ASSIGN_OR_RETURN(side.window, Within("window", WindowFromProto(message.window())));
  return side;
}

v1::WindowJoin ToProto(const WindowJoinSpec& join) {
  v1::WindowJoin message;
  message.set_type(NumberOf<v1::JoinType>(join.type));
  *message.mutable_left() = SideToProto(join.left);
  *message.mutable_right() = SideToProto(join.right);
  if (join.condition != nullptr) *message.mutable_condition() = ExpressionToProto(join.condition);
  return message;
}

absl::StatusOr<OperatorSpec> FromProto(const v1::WindowJoin& message) {
  WindowJoinSpec join;
  ASSIGN_OR_RETURN(join.type, EnumOf("type", message.type(), JoinType::kAnti));
  ASSIGN_OR_RETURN(join.left, Within("left", SideFromProto(message.left())));
  ASSIGN_OR_RETURN(join.right, Within("right", SideFromProto(message.right())));
  if (message.has_condition()) {
    ASSIGN_OR_RETURN(join.condition,
                     Within("condition", ExpressionFromProto(message.condition())));
  }
  return OperatorSpec(std::move(join));
}

v1::Sink ToProto(const SinkSpec& sink) {
  v1::Sink message;
  *message.mutable_table() = TableToProto(sink.table);
  return message;
}

absl::StatusOr<OperatorSpec> FromProto(const v1::Sink& message) {
  SinkSpec sink;
  ASSIGN_OR_RETURN(sink.table, Within("table", TableFromProto(message.table())));
  return OperatorSpec(std::move(sink));
}

struct SetSpec {
  v1::OperatorNode& message;

  void operator()(const SourceSpec& spec) const { *message.mutable_source() = ToProto(spec); }
  void operator()(const CalcSpec& spec) const { *message.mutable_calc() = ToProto(spec); }
  void operator()(const WindowAggregateSpec& spec) const {
    *message.mutable_window_aggregate() = ToProto(spec);
  }
  void operator()(const GroupAggregateSpec& spec) const {
    *message.mutable_group_aggregate() = ToProto(spec);
  }
  void operator()(const WindowTvfSpec& spec) const {
    *message.mutable_window_tvf() = ToProto(spec);
  }
  void operator()(const WindowRankSpec& spec) const {
    *message.mutable_window_rank() = ToProto(spec);
  }
  void operator()(const WindowJoinSpec& spec) const {
    *message.mutable_window_join() = ToProto(spec);
  }
  void operator()(const SinkSpec& spec) const { *message.mutable_sink() = ToProto(spec); }
  void operator()(const ExpandSpec& spec) const { *message.mutable_expand() = ToProto(spec); }
};

absl::StatusOr<OperatorSpec> SpecFromProto(const v1::OperatorNode& message) {
  switch (message.spec_case()) {
    case v1::OperatorNode::kSource:
      return Within("source", FromProto(message.source()));
    case v1::OperatorNode::kCalc:
      return Within("calc", FromProto(message.calc()));
    case v1::OperatorNode::kWindowAggregate:
      return Within("window_aggregate", FromProto(message.window_aggregate()));
    case v1::OperatorNode::kGroupAggregate:
      return Within("group_aggregate", FromProto(message.group_aggregate()));
    case v1::OperatorNode::kExpand:
      return Within("expand", FromProto(message.expand()));
    case v1::OperatorNode::kWindowTvf:
      return Within("window_tvf", FromProto(message.window_tvf()));
    case v1::OperatorNode::kWindowRank:
      return Within("window_rank", FromProto(message.window_rank()));
    case v1::OperatorNode::kWindowJoin:
      return Within("window_join", FromProto(message.window_join()));
    case v1::OperatorNode::kSink:
      return Within("sink", FromProto(message.sink()));
    case v1::OperatorNode::SPEC_NOT_SET:
      break;
  }
  return FieldError("spec", "is missing, or an operator that this version does not know");
}

}  // namespace

v1::OperatorNode OperatorToProto(const OperatorNode& node) {
  v1::OperatorNode message;
  message.set_name(node.name);
  message.set_state_id(node.state_id);
  *message.mutable_output() = SchemaToProto(node.output);
  std::visit(SetSpec{message}, node.spec);
  return message;
}

absl::StatusOr<OperatorNode> OperatorFromProto(const v1::OperatorNode& message) {
  OperatorNode node{.name = message.name(), .state_id = message.state_id()};
  ASSIGN_OR_RETURN(node.output, Within("output", SchemaFromProto(message.output())));
  ASSIGN_OR_RETURN(node.spec, SpecFromProto(message));
  return node;
}

}  // namespace millrace
