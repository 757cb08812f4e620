// Messages of the session <-> the plain values of the worker's runtime.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/control.pb.h"
#include "worker/task/worker_runtime.h"

namespace millrace {

// kInvalidArgument naming the field for a message that no coordinator of this version sends.
absl::StatusOr<Deployment> ToDeployment(const v1::DeployTasks& message);

// Start, cancel, trigger, abort and durable name their attempt in the same two fields.
template <typename Message>
AttemptId AttemptOf(const Message& message) {
  return {JobId(message.job_id()), Attempt(message.attempt())};
}

v1::SessionRequest TaskStatusMessage(const AttemptId& attempt, TaskId task, TaskEvent event,
                                     const absl::Status& status);
v1::SessionRequest AckMessage(const AttemptId& attempt, Epoch epoch,
                              const std::vector<TaskSnapshot>& tasks, bool moved);
v1::SessionRequest DeclineMessage(const AttemptId& attempt, Epoch epoch,
                                  const absl::Status& reason);
v1::SessionRequest LeaveMessage(absl::Duration drain_timeout);
v1::Heartbeat HeartbeatMessage(const std::vector<AttemptProgress>& progress);

// Whether another attempt may help: the world may change, a plan or an option does not.
bool IsRetryable(const absl::Status& status);

}  // namespace millrace
