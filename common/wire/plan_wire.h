// A JobGraph <-> its protobuf form, which goes to workers, into the metadata store and into every
// manifest.
//
// ToProto never fails for a graph that Validate accepts. FromProto trusts nothing: whatever the
// bytes say, the answer is a graph or kInvalidArgument naming the field, as in
// "stages[1].operators[0].calc.projections[2]: call without a function". It checks form, Validate
// (common/plan/job_graph.h) checks meaning; a receiver calls both. Pure and thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "common/expr/expression.h"
#include "common/plan/job_graph.h"
#include "proto/plan.pb.h"

namespace millrace {

v1::JobGraph JobGraphToProto(const JobGraph& graph);
absl::StatusOr<JobGraph> JobGraphFromProto(const v1::JobGraph& message);

v1::Schema SchemaToProto(const Schema& schema);
absl::StatusOr<Schema> SchemaFromProto(const v1::Schema& message);

// An expression travels in postfix order, not as nested messages: protobuf readers give up 100
// levels deep, which a long chain of ANDs easily is.
inline constexpr int kMaxExpressionDepth = 2000;

// REQUIRES: literals hold scalars of their type, and the depth is at most kMaxExpressionDepth.
v1::Expression ExpressionToProto(const ExpressionPtr& expression);
absl::StatusOr<ExpressionPtr> ExpressionFromProto(const v1::Expression& message);

}  // namespace millrace
