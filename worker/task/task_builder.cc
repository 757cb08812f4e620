#include "worker/task/task_builder.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "common/plan/key_groups.h"
#include "worker/task/dead_letters.h"
#include "worker/task/on_error.h"
#include "worker/task/registry.h"
#include "worker/task/restored_task.h"

namespace millrace {
namespace {

// Builds one task; its members are what several steps need.
class TaskBuilder {
 public:
  explicit TaskBuilder(const TaskBlueprint& blueprint)
      : blueprint_(blueprint),
        deployment_(*blueprint.deployment),
        graph_(deployment_.graph),
        stage_(graph_.stages[static_cast<size_t>(blueprint.task.stage.value())]) {}

  absl::StatusOr<TaskParts> Build();

 private:
  void OpenState();
  absl::Status BuildInput();
  absl::StatusOr<std::unique_ptr<DeadLetters>> OpenDeadLetters(const OperatorNode& node,
                                                               const TableDescription& table);
  void WarnOfLeftLetters(const OperatorNode& node, OnError on_error) const;
  absl::Status BuildChain();
  absl::StatusOr<std::unique_ptr<EdgeOutput>> BuildEdge(const Edge& edge);
  absl::StatusOr<KeyedState*> OpenKeyedState(const StateTableOptions& options);
  std::unique_ptr<RestoredOperator> Restored(const OperatorNode& node) const;
  ConnectorEnvironment Environment() const {
    return {.files = blueprint_.options->files,
            .print_to_stdout = blueprint_.options->print_to_stdout,
            .collected = blueprint_.options->collected};
  }
  CheckpointContext Checkpoint() const;
  // The context, lent to `node`.
  const TaskContext& ContextOf(const OperatorNode& node) {
    context_.state_id = node.state_id;
    return context_;
  }
  // Empty for a task of this worker.
  std::string PeerAddress(TaskId task) const;
  ChannelAddress Address(EdgeId edge, int32_t sender, int32_t receiver) const {
    return {deployment_.job, deployment_.attempt, {edge, sender, receiver}};
  }

  const TaskBlueprint& blueprint_;
  const Deployment& deployment_;
  const JobGraph& graph_;
  const Stage& stage_;
  TaskContext context_;
  TaskParts parts_;
};

absl::Status InOperator(const OperatorNode& node, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(node.name, ": ", status.message()));
}

absl::StatusOr<TaskParts> TaskBuilder::Build() {
  const TaskId task = blueprint_.task;
  parts_.metrics = blueprint_.options->metrics->Child({{"job", deployment_.job.value()},
                                                       {"job_name", graph_.name},
                                                       {"stage", absl::StrCat(task.stage.value())},
                                                       {"task", absl::StrCat(task.index)}});
  const int32_t max_parallelism = graph_.options.max_parallelism;
  context_ = {
      .job = deployment_.job,
      .job_name = graph_.name,
      .task = task,
      .attempt = deployment_.attempt,
      .parallelism = stage_.parallelism,
      .max_parallelism = max_parallelism,
      .key_groups = KeyGroupsOfTask(task.index, stage_.parallelism, max_parallelism),
      .clock = blueprint_.options->clock,
      .io = blueprint_.io,
      .wake = blueprint_.wake,
      .metrics = parts_.metrics.get(),
      .checkpoint = Checkpoint(),
      .scratch_dir = blueprint_.scratch_dir,
      .open_state = [this](const StateTableOptions& options) { return OpenKeyedState(options); },
  };
  RETURN_IF_ERROR(BuildChain());
  RETURN_IF_ERROR(BuildInput());
  return std::move(parts_);
}

CheckpointContext TaskBuilder::Checkpoint() const {
  return {.cluster_id = blueprint_.options->cluster_id,
          .lineage = deployment_.lineage,
          .folder = deployment_.checkpoint_dir,
          .worker = blueprint_.options->worker,
          .term = deployment_.term,
          .restored = deployment_.restore.has_value() ? deployment_.restore->epoch : Epoch(0)};
}

void TaskBuilder::OpenState() {
  parts_.state = std::make_unique<TaskState>(TaskStateOptions{
      .task = blueprint_.task,
      .key_groups = context_.key_groups,
      .max_parallelism = graph_.options.max_parallelism,
      .materialize_every = graph_.options.materialize_every,
      .worker = blueprint_.options->worker,
      .term = deployment_.term,
      .attempt = deployment_.attempt,
      .checkpoint_dir = deployment_.checkpoint_dir,
      .local_dir = absl::StrCat(blueprint_.scratch_dir, "/state"),
      .files = blueprint_.options->files,
      .io = blueprint_.io,
      .wake = blueprint_.wake,
      .metrics = parts_.metrics.get(),
      .memory = blueprint_.state_memory,
      .spill = blueprint_.spill,
      .materializations = blueprint_.materializations,
  });
}

absl::StatusOr<KeyedState*> TaskBuilder::OpenKeyedState(const StateTableOptions& options) {
  if (parts_.state == nullptr) OpenState();
  std::vector<KeyedStateSnapshot> restored;
  if (deployment_.restore.has_value()) {
    restored = RestoredKeyedState(*deployment_.restore, options.state_id, context_.key_groups);
  }
  return parts_.state->Open(options, std::move(restored));
}

absl::Status TaskBuilder::BuildInput() {
  if (const auto* spec = std::get_if<SourceSpec>(&stage_.operators.front().spec)) {
    const OperatorNode& node = stage_.operators.front();
    ASSIGN_OR_RETURN(std::unique_ptr<Source> source, NewSource(*spec, Environment()));
    ASSIGN_OR_RETURN(std::unique_ptr<Decoder> decoder, NewDecoder(spec->table));
    BadRecordPolicy policy;
    ASSIGN_OR_RETURN(policy.on_error, ReadOnError(spec->table, decoder.get()));
    WarnOfLeftLetters(node, policy.on_error);
    if (policy.on_error == OnError::kDeadLetter) {
      ASSIGN_OR_RETURN(policy.dead_letters, OpenDeadLetters(node, spec->table));
    }
    parts_.source = std::make_unique<SourceDriver>(*spec, std::move(source), std::move(decoder),
                                                   std::move(policy));
    parts_.source_state_id = node.state_id;
    const absl::Status opened = parts_.source->Open(ContextOf(node), Restored(node).get());
    return opened.ok() ? opened : InOperator(node, opened);
  }
  std::vector<std::unique_ptr<ChannelReceiver>> receivers;
  std::vector<int> inputs;
  for (const EdgeId id : InputEdges(graph_, stage_.id)) {
    const Edge& edge = graph_.edges[static_cast<size_t>(id.value())];
    const int32_t senders = graph_.stages[static_cast<size_t>(edge.from.value())].parallelism;
    for (int32_t sender = 0; sender < senders; ++sender) {
      const bool connected =
          edge.partitioning != Partitioning::kForward || sender == blueprint_.task.index;
      if (!connected) continue;
      receivers.push_back(blueprint_.options->exchange->OpenReceiver(
          Address(id, sender, blueprint_.task.index), edge.schema, blueprint_.wake));
      inputs.push_back(edge.input);
    }
  }
  parts_.gate = std::make_unique<InputGate>(std::move(receivers), std::move(inputs));
  if (deployment_.restore.has_value()) {
    parts_.gate->RestoreWatermarks(
        RestoredWatermarks(*deployment_.restore, blueprint_.task, stage_.parallelism));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<DeadLetters>> TaskBuilder::OpenDeadLetters(
    const OperatorNode& node, const TableDescription& table) {
  ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, NewDeadLetterSink(table, Environment()));
  std::string state_id = DeadLetterStateId(node);
  context_.state_id = state_id;
  std::optional<RestoredOperator> restored;
  if (deployment_.restore.has_value()) restored.emplace(*deployment_.restore, state_id);
  const absl::Status opened = sink->Open(context_, restored.has_value() ? &*restored : nullptr);
  if (!opened.ok()) return InOperator(node, opened);
  return std::make_unique<DeadLetters>(std::move(sink), std::move(state_id));
}

// A table that has got another 'on-error' or topic leaves behind what the checkpoint holds for the
// former one. It may have been published since, so that is no reason to stop.
void TaskBuilder::WarnOfLeftLetters(const OperatorNode& node, OnError on_error) const {
  if (!deployment_.restore.has_value()) return;
  const std::string prefix = DeadLetterStatePrefix(node);
  const std::string own = on_error == OnError::kDeadLetter ? DeadLetterStateId(node) : "";
  for (const TaskSnapshot& task : deployment_.restore->tasks) {
    for (const OperatorSnapshot& former : task.operators) {
      if (!former.state_id.starts_with(prefix) || former.state_id == own) continue;
      if (former.segments.empty()) continue;
      LOG_WARNING(
          "the checkpoint holds dead letters for a topic that the table no longer has; "
          "those that were not published are left behind",
          {{"operator", node.name}, {"topic", former.state_id.substr(prefix.size())}});
    }
  }
}

absl::Status TaskBuilder::BuildChain() {
  std::vector<ChainLink> links;
  std::unique_ptr<Sink> sink;
  std::string sink_state_id;
  for (size_t i = 0; i < stage_.operators.size(); ++i) {
    const OperatorNode& node = stage_.operators[i];
    if (std::holds_alternative<SourceSpec>(node.spec)) continue;
    absl::Status opened;
    if (const auto* spec = std::get_if<SinkSpec>(&node.spec)) {
      ASSIGN_OR_RETURN(sink, NewSink(*spec, Environment()));
      sink_state_id = node.state_id;
      opened = sink->Open(ContextOf(node), Restored(node).get());
    } else {
      ASSIGN_OR_RETURN(std::unique_ptr<Operator> op,
                       NewOperator(node, InputSchemas(graph_, stage_, static_cast<int>(i))));
      opened = op->Open(ContextOf(node), Restored(node).get());
      links.push_back({node.name, node.state_id, std::move(op)});
    }
    if (!opened.ok()) return InOperator(node, opened);
  }
  std::vector<std::unique_ptr<EdgeOutput>> edges;
  std::vector<std::pair<LateRows, std::unique_ptr<EdgeOutput>>> late_edges;
  for (const EdgeId id : OutputEdges(graph_, stage_.id)) {
    const Edge& edge = graph_.edges[static_cast<size_t>(id.value())];
    ASSIGN_OR_RETURN(std::unique_ptr<EdgeOutput> output, BuildEdge(edge));
    if (edge.late.has_value()) {
      late_edges.emplace_back(*edge.late, std::move(output));
    } else {
      edges.push_back(std::move(output));
    }
  }
  parts_.chain = std::make_unique<Chain>(std::move(links), std::move(sink),
                                         std::move(sink_state_id), std::move(edges));
  // A source is an operator of the stage, and no link of the chain.
  const int first = std::holds_alternative<SourceSpec>(stage_.operators.front().spec) ? 1 : 0;
  for (auto& [late, edge] : late_edges) {
    parts_.chain->AddLateEdge(static_cast<size_t>(late.position - first), late.input,
                              std::move(edge));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<EdgeOutput>> TaskBuilder::BuildEdge(const Edge& edge) {
  const int32_t receivers = graph_.stages[static_cast<size_t>(edge.to.value())].parallelism;
  std::vector<std::unique_ptr<ChannelSender>> senders;
  for (int32_t receiver = 0; receiver < receivers; ++receiver) {
    const bool connected =
        edge.partitioning != Partitioning::kForward || receiver == blueprint_.task.index;
    if (!connected) continue;
    senders.push_back(blueprint_.options->exchange->OpenSender(
        Address(edge.id, blueprint_.task.index, receiver), PeerAddress({edge.to, receiver}),
        edge.schema, blueprint_.wake));
  }
  return EdgeOutput::Create(edge, graph_.options.max_parallelism, blueprint_.task.index,
                            std::move(senders));
}

std::unique_ptr<RestoredOperator> TaskBuilder::Restored(const OperatorNode& node) const {
  if (!deployment_.restore.has_value()) return nullptr;
  return std::make_unique<RestoredOperator>(*deployment_.restore, node.state_id);
}

std::string TaskBuilder::PeerAddress(TaskId task) const {
  for (const TaskPlacement& placement : deployment_.placements) {
    if (placement.task != task) continue;
    return placement.worker == blueprint_.options->worker ? "" : placement.exchange_address;
  }
  CHECK(false && "a task of the plan has no place");
  return "";
}

}  // namespace

absl::StatusOr<TaskParts> BuildTask(const TaskBlueprint& blueprint) {
  RETURN_FAILPOINT("restore.before_open");
  absl::StatusOr<TaskParts> parts = TaskBuilder(blueprint).Build();
  RETURN_FAILPOINT("restore.after_open");
  return parts;
}

}  // namespace millrace
