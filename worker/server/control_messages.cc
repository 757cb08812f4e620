#include "worker/server/control_messages.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/base/valid_utf8.h"
#include "common/wire/checkpoint_wire.h"
#include "common/wire/plan_wire.h"

namespace millrace {
namespace {

v1::TaskState ToProto(TaskEvent event) {
  switch (event) {
    case TaskEvent::kOpen:
      return v1::TASK_STATE_OPEN;
    case TaskEvent::kInputEnded:
      return v1::TASK_STATE_INPUT_ENDED;
    case TaskEvent::kFinished:
      return v1::TASK_STATE_FINISHED;
    case TaskEvent::kCancelled:
      return v1::TASK_STATE_CANCELLED;
    case TaskEvent::kFailed:
      return v1::TASK_STATE_FAILED;
  }
  return v1::TASK_STATE_UNSPECIFIED;
}

// An error may quote the bytes of a record.
std::string TextOf(const absl::Status& status) {
  return ToValidUtf8(std::string(status.message()));
}

}  // namespace

absl::StatusOr<Deployment> ToDeployment(const v1::DeployTasks& message) {
  Deployment deployment{.term = Term(message.term()),
                        .job = JobId(message.job_id()),
                        .attempt = Attempt(message.attempt()),
                        .checkpoint_dir = message.checkpoint_dir(),
                        .lineage = message.lineage()};
  ASSIGN_OR_RETURN(deployment.graph, JobGraphFromProto(message.graph()));
  RETURN_IF_ERROR(Validate(deployment.graph));
  for (const v1::TaskPlacement& placement : message.placements()) {
    deployment.placements.push_back({.task = {StageId(placement.stage()), placement.index()},
                                     .worker = WorkerId(placement.worker_id()),
                                     .exchange_address = placement.exchange_address()});
  }
  if (message.has_restore()) {
    ASSIGN_OR_RETURN(deployment.restore, ManifestFromProto(message.restore()));
  }
  return deployment;
}

v1::SessionRequest TaskStatusMessage(const AttemptId& attempt, TaskId task, TaskEvent event,
                                     const absl::Status& status) {
  v1::SessionRequest message;
  v1::TaskStatus& report = *message.mutable_task_status();
  report.set_job_id(attempt.job.value());
  report.set_attempt(attempt.attempt.value());
  report.set_stage(task.stage.value());
  report.set_index(task.index);
  report.set_state(ToProto(event));
  if (!status.ok()) {
    report.set_error(TextOf(status));
    report.set_retryable(IsRetryable(status));
  }
  return message;
}

v1::SessionRequest AckMessage(const AttemptId& attempt, Epoch epoch,
                              const std::vector<TaskSnapshot>& tasks, bool moved) {
  v1::SessionRequest message;
  v1::CheckpointAck& ack = *message.mutable_checkpoint_ack();
  ack.set_job_id(attempt.job.value());
  ack.set_attempt(attempt.attempt.value());
  ack.set_epoch(epoch.value());
  ack.set_moved(moved);
  for (const TaskSnapshot& task : tasks) *ack.add_tasks() = TaskSnapshotToProto(task);
  return message;
}

v1::SessionRequest DeclineMessage(const AttemptId& attempt, Epoch epoch,
                                  const absl::Status& reason) {
  v1::SessionRequest message;
  v1::CheckpointDecline& decline = *message.mutable_checkpoint_decline();
  decline.set_job_id(attempt.job.value());
  decline.set_attempt(attempt.attempt.value());
  decline.set_epoch(epoch.value());
  decline.set_reason(TextOf(reason));
  return message;
}

v1::SessionRequest LeaveMessage(absl::Duration drain_timeout) {
  v1::SessionRequest message;
  message.mutable_leave()->set_drain_timeout_ms(absl::ToInt64Milliseconds(drain_timeout));
  return message;
}

v1::Heartbeat HeartbeatMessage(const std::vector<AttemptProgress>& progress) {
  v1::Heartbeat heartbeat;
  for (const AttemptProgress& attempt : progress) {
    for (const TaskProgress& task : attempt.tasks) {
      v1::TaskProgress& report = *heartbeat.add_tasks();
      report.set_job_id(attempt.attempt.job.value());
      report.set_attempt(attempt.attempt.attempt.value());
      report.set_stage(task.task.stage.value());
      report.set_index(task.task.index);
      report.set_records_in(task.records_in);
      report.set_records_out(task.records_out);
      report.set_watermark_ms(task.watermark.millis());
      report.set_slowest_split(task.slowest_split);
    }
  }
  return heartbeat;
}

bool IsRetryable(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kFailedPrecondition:
      return false;
    default:
      return true;
  }
}

}  // namespace millrace
