// From a plan's operators to running ones: the one place that knows every operator, connector and
// format by name. A new one is a line in registry.cc.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/file_system.h"
#include "common/plan/operators.h"
#include "worker/contract/format.h"
#include "worker/contract/operator.h"
#include "worker/contract/sink.h"
#include "worker/contract/source.h"
#include "worker/sink/print/text_output.h"

namespace millrace {

// What connectors have of the process. `files` outlives them.
struct ConnectorEnvironment {
  FileSystem* files = nullptr;
  bool print_to_stdout = false;  // Else printed rows go to standard error, beside the log.
  TextOutput collected;          // Where rows of `collect` go; empty: where printed ones go.
};

// kUnimplemented, naming table and connector, for one that is not in this build; else what the
// connector says of its options.
absl::StatusOr<std::unique_ptr<Source>> NewSource(const SourceSpec& spec,
                                                  const ConnectorEnvironment& environment);
absl::StatusOr<std::unique_ptr<Sink>> NewSink(const SinkSpec& spec,
                                              const ConnectorEnvironment& environment);

// Where the records go that the table cannot read, with 'on-error' = 'dead-letter'.
absl::StatusOr<std::unique_ptr<Sink>> NewDeadLetterSink(const TableDescription& table,
                                                        const ConnectorEnvironment& environment);

// The decoder of the table's 'format', or null if its connector delivers batches.
absl::StatusOr<std::unique_ptr<Decoder>> NewDecoder(const TableDescription& table);

// REQUIRES: node.spec is neither a source nor a sink, and has as many inputs as `inputs`.
absl::StatusOr<std::unique_ptr<Operator>> NewOperator(const OperatorNode& node,
                                                      const std::vector<Schema>& inputs);

}  // namespace millrace
