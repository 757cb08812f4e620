// Messages of a worker's session <-> the plain values of coordinator/job. Pure.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/checkpoint/checkpoint_core.h"
#include "coordinator/cluster/worker_registry.h"
#include "coordinator/job/job_lifecycle.h"
#include "coordinator/job/worker_gateway.h"
#include "proto/control.pb.h"

namespace millrace {

v1::SessionResponse CommandToProto(const WorkerCommand& command);

WorkerRegistration RegistrationFromProto(const v1::RegisterWorker& message);
std::vector<TaskProgressReport> ProgressFromProto(const v1::Heartbeat& message);

// kInvalidArgument naming the field for what no worker of this version sends.
absl::StatusOr<TaskReport> TaskReportFromProto(const v1::TaskStatus& message);
absl::StatusOr<CheckpointAck> AckFromProto(const v1::CheckpointAck& message);

}  // namespace millrace
