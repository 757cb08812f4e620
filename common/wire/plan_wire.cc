#include "common/wire/plan_wire.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/wire/field_error.h"
#include "common/wire/operator_wire.h"

namespace millrace {
namespace {

v1::Stage StageToProto(const Stage& stage) {
  v1::Stage message;
  message.set_id(stage.id.value());
  message.set_name(stage.name);
  message.set_parallelism(stage.parallelism);
  for (const OperatorNode& node : stage.operators) *message.add_operators() = OperatorToProto(node);
  return message;
}

absl::StatusOr<Stage> StageFromProto(const v1::Stage& message) {
  Stage stage{
      .id = StageId(message.id()), .name = message.name(), .parallelism = message.parallelism()};
  for (int i = 0; i < message.operators_size(); ++i) {
    ASSIGN_OR_RETURN(stage.operators.emplace_back(),
                     Within(Element("operators", i), OperatorFromProto(message.operators(i))));
  }
  return stage;
}

v1::Edge EdgeToProto(const Edge& edge) {
  v1::Edge message;
  message.set_id(edge.id.value());
  message.set_from_stage(edge.from.value());
  message.set_to_stage(edge.to.value());
  message.set_partitioning(static_cast<v1::Partitioning>(static_cast<int>(edge.partitioning)));
  message.mutable_key_columns()->Assign(edge.key_columns.begin(), edge.key_columns.end());
  *message.mutable_schema() = SchemaToProto(edge.schema);
  if (edge.changelog != Changelog::kAppend) {
    message.set_changelog(static_cast<v1::Changelog>(static_cast<int>(edge.changelog)));
  }
  message.set_input(edge.input);
  if (edge.late.has_value()) {
    message.mutable_late()->set_operator_(edge.late->position);
    message.mutable_late()->set_input(edge.late->input);
  }
  return message;
}

absl::StatusOr<Edge> EdgeFromProto(const v1::Edge& message) {
  Edge edge{.id = EdgeId(message.id()),
            .from = StageId(message.from_stage()),
            .to = StageId(message.to_stage()),
            .key_columns = {message.key_columns().begin(), message.key_columns().end()},
            .input = message.input()};
  if (message.has_late()) {
    edge.late = LateRows{.position = message.late().operator_(), .input = message.late().input()};
  }
  if (message.partitioning() < v1::PARTITIONING_FORWARD ||
      message.partitioning() > v1::PARTITIONING_BROADCAST) {
    return FieldError("partitioning",
                      absl::StrCat("has the unknown value ", message.partitioning()));
  }
  edge.partitioning = static_cast<Partitioning>(message.partitioning());
  if (message.changelog() < v1::CHANGELOG_UNSPECIFIED ||
      message.changelog() > v1::CHANGELOG_RETRACT) {
    return FieldError("changelog", absl::StrCat("has the unknown value ", message.changelog()));
  }
  if (message.changelog() != v1::CHANGELOG_UNSPECIFIED) {
    edge.changelog = static_cast<Changelog>(message.changelog());
  }
  ASSIGN_OR_RETURN(edge.schema, Within("schema", SchemaFromProto(message.schema())));
  return edge;
}

v1::JobOptions OptionsToProto(const JobOptions& options) {
  v1::JobOptions message;
  message.set_max_parallelism(options.max_parallelism);
  message.set_checkpoint_interval_ms(options.checkpoint_interval_ms);
  message.set_checkpoint_timeout_ms(options.checkpoint_timeout_ms);
  message.set_materialize_every(options.materialize_every);
  message.set_batch(options.batch);
  return message;
}

JobOptions OptionsFromProto(const v1::JobOptions& message) {
  return {.max_parallelism = message.max_parallelism(),
          .checkpoint_interval_ms = message.checkpoint_interval_ms(),
          .checkpoint_timeout_ms = message.checkpoint_timeout_ms(),
          .materialize_every = message.materialize_every(),
          .batch = message.batch()};
}

}  // namespace

v1::JobGraph JobGraphToProto(const JobGraph& graph) {
  v1::JobGraph message;
  message.set_name(graph.name);
  for (const Stage& stage : graph.stages) *message.add_stages() = StageToProto(stage);
  for (const Edge& edge : graph.edges) *message.add_edges() = EdgeToProto(edge);
  *message.mutable_options() = OptionsToProto(graph.options);
  return message;
}

absl::StatusOr<JobGraph> JobGraphFromProto(const v1::JobGraph& message) {
  JobGraph graph{.name = message.name()};
  for (int i = 0; i < message.stages_size(); ++i) {
    ASSIGN_OR_RETURN(graph.stages.emplace_back(),
                     Within(Element("stages", i), StageFromProto(message.stages(i))));
  }
  for (int i = 0; i < message.edges_size(); ++i) {
    ASSIGN_OR_RETURN(graph.edges.emplace_back(),
                     Within(Element("edges", i), EdgeFromProto(message.edges(i))));
  }
  if (!message.has_options()) return FieldError("options", "are missing");
  graph.options = OptionsFromProto(message.options());
  return graph;
}

v1::Schema SchemaToProto(const Schema& schema) {
  v1::Schema message;
  for (const Field& field : schema.fields()) {
    v1::Field& added = *message.add_fields();
    added.set_name(field.name);
    added.set_type(field.type.ToString());
  }
  return message;
}

absl::StatusOr<Schema> SchemaFromProto(const v1::Schema& message) {
  std::vector<Field> fields;
  for (int i = 0; i < message.fields_size(); ++i) {
    const absl::StatusOr<DataType> type = DataType::Parse(message.fields(i).type());
    if (!type.ok()) {
      return FieldError(absl::StrCat(Element("fields", i), ".type"),
                        std::string(type.status().message()));
    }
    fields.push_back({.name = message.fields(i).name(), .type = *type});
  }
  return Schema(std::move(fields));
}

}  // namespace millrace
