// `filesystem` as a sink: lines in part files, each visible once and whole.
//
// An epoch's rows go to hidden files, which are durable before the task acknowledges the barrier
// and get their visible names once the checkpoint is. After a failure hidden files of durable
// epochs are made visible, others are removed: exactly once, unless a reader takes files away.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/columnar/schema.h"
#include "common/io/file_system.h"
#include "common/plan/operators.h"
#include "worker/contract/format.h"
#include "worker/contract/sink.h"

namespace millrace {

// The columns that the lines hold, which the encoder is made for: all but the partition keys.
Schema FileLineSchema(const TableDescription& table);

// kInvalidArgument, naming table and option, for options that are wrong. `files` must outlive the
// sink.
absl::StatusOr<std::unique_ptr<Sink>> NewFileSink(const SinkSpec& spec,
                                                  std::unique_ptr<Encoder> encoder,
                                                  FileSystem& files);

}  // namespace millrace
