// From a plan's operators to running ones: the one place that knows every operator, connector and
// format by name. A new one is a line here.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/format.h"
#include "worker/contract/operator.h"
#include "worker/contract/sink.h"
#include "worker/contract/source.h"

namespace millrace {

struct SinkEnvironment {
  bool print_to_stdout = false;  // Else rows of `print` go to the log.
};

// kUnimplemented, naming the connector, for one that is not in this build.
absl::StatusOr<std::unique_ptr<Source>> NewSource(const SourceSpec& spec);
absl::StatusOr<std::unique_ptr<Sink>> NewSink(const SinkSpec& spec,
                                              const SinkEnvironment& environment);

// The decoder of the table's 'format', or null if its connector delivers batches.
absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const TableDescription& table);

// REQUIRES: node.spec is neither a source nor a sink.
absl::StatusOr<std::unique_ptr<Operator>> NewOperator(const OperatorNode& node,
                                                      const Schema& input);

}  // namespace millrace
