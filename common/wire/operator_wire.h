// The operators of a plan <-> protobuf: the part of plan_wire.h that grows with every new operator.
#pragma once

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "proto/plan.pb.h"

namespace millrace {

v1::OperatorNode OperatorToProto(const OperatorNode& node);
absl::StatusOr<OperatorNode> OperatorFromProto(const v1::OperatorNode& message);

}  // namespace millrace
