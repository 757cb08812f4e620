#include "coordinator/server/session_messages.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/wire/checkpoint_wire.h"
#include "common/wire/field_error.h"
#include "common/wire/plan_wire.h"

namespace millrace {
namespace {

template <typename Message>
void Name(const AttemptName& attempt, Message& message) {
  message.set_term(attempt.term.value());
  message.set_job_id(attempt.job.value());
  message.set_attempt(attempt.attempt.value());
}

struct Fill {
  v1::SessionResponse& response;

  void operator()(const DeployCommand& command) const {
    v1::DeployTasks& message = *response.mutable_deploy();
    Name(command.attempt, message);
    *message.mutable_graph() = JobGraphToProto(*command.graph);
    for (const PlacedTask& placed : command.placements) {
      v1::TaskPlacement& placement = *message.add_placements();
      placement.set_stage(placed.task.stage.value());
      placement.set_index(placed.task.index);
      placement.set_worker_id(placed.worker.value());
      placement.set_exchange_address(placed.exchange_address);
    }
    message.set_checkpoint_dir(command.checkpoint_folder);
    message.set_lineage(command.lineage);
    if (command.restore == nullptr) return;
    *message.mutable_restore() = ManifestToProto(*command.restore);
    message.set_restored_epoch(command.restore->epoch.value());
  }
  void operator()(const StartCommand& command) const {
    Name(command.attempt, *response.mutable_start());
  }
  void operator()(const CancelCommand& command) const {
    Name(command.attempt, *response.mutable_cancel());
  }
  void operator()(const TriggerCommand& command) const {
    Name(command.attempt, *response.mutable_trigger());
    response.mutable_trigger()->set_epoch(command.epoch.value());
    response.mutable_trigger()->set_final(command.final);
  }
  void operator()(const AbortCommand& command) const {
    Name(command.attempt, *response.mutable_abort());
    response.mutable_abort()->set_epoch(command.epoch.value());
  }
  void operator()(const DurableCommand& command) const {
    Name(command.attempt, *response.mutable_durable());
    response.mutable_durable()->set_epoch(command.epoch.value());
  }
  void operator()(const DismissCommand&) const { response.mutable_leave_answer(); }
};

absl::StatusOr<TaskEventKind> KindFromProto(v1::TaskState state) {
  switch (state) {
    case v1::TASK_STATE_OPEN:
      return TaskEventKind::kOpen;
    case v1::TASK_STATE_FINISHED:
      return TaskEventKind::kFinished;
    case v1::TASK_STATE_CANCELLED:
      return TaskEventKind::kCancelled;
    case v1::TASK_STATE_FAILED:
      return TaskEventKind::kFailed;
    case v1::TASK_STATE_INPUT_ENDED:
      return TaskEventKind::kInputEnded;
    default:
      return FieldError("state", absl::StrCat("has the unknown value ", state));
  }
}

}  // namespace

v1::SessionResponse CommandToProto(const WorkerCommand& command) {
  v1::SessionResponse response;
  std::visit(Fill{response}, command);
  return response;
}

WorkerRegistration RegistrationFromProto(const v1::RegisterWorker& message) {
  return {.cluster_id = message.cluster_id(),
          .version = message.version(),
          .protocol = message.protocol(),
          .worker = WorkerId(message.worker_id()),
          .instance = message.instance(),
          .exchange_address = message.exchange_address(),
          .http_address = message.http_address(),
          .slots = message.slots(),
          .checkpoint_id = message.checkpoint_id(),
          .checkpoint_error = message.checkpoint_error()};
}

std::vector<TaskProgressReport> ProgressFromProto(const v1::Heartbeat& message) {
  std::vector<TaskProgressReport> reports;
  reports.reserve(static_cast<size_t>(message.tasks_size()));
  for (const v1::TaskProgress& task : message.tasks()) {
    reports.push_back({.job = JobId(task.job_id()),
                       .attempt = Attempt(task.attempt()),
                       .task = {StageId(task.stage()), task.index()},
                       .records_in = task.records_in(),
                       .records_out = task.records_out(),
                       .watermark = EventTime(task.watermark_ms()),
                       .slowest_split = task.slowest_split()});
  }
  return reports;
}

absl::StatusOr<TaskReport> TaskReportFromProto(const v1::TaskStatus& message) {
  TaskReport report{.attempt = Attempt(message.attempt()),
                    .task = {StageId(message.stage()), message.index()},
                    .error = message.error(),
                    .retryable = message.retryable()};
  ASSIGN_OR_RETURN(report.kind, KindFromProto(message.state()));
  return report;
}

absl::StatusOr<CheckpointAck> AckFromProto(const v1::CheckpointAck& message) {
  CheckpointAck ack{.epoch = Epoch(message.epoch()), .moved = message.moved()};
  for (int i = 0; i < message.tasks_size(); ++i) {
    ASSIGN_OR_RETURN(ack.tasks.emplace_back(),
                     Within(Element("tasks", i), TaskSnapshotFromProto(message.tasks(i))));
  }
  return ack;
}

}  // namespace millrace
