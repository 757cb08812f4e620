// `filesystem` as a sink: lines in part files, each visible once and whole.
//
// An epoch's rows go to a hidden file, which is durable before the task acknowledges the barrier
// and gets its visible name once the checkpoint is. After a failure hidden files of durable epochs
// are made visible, others are removed: exactly once, unless a reader takes files away.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/io/file_system.h"
#include "common/plan/operators.h"
#include "worker/contract/format.h"
#include "worker/contract/sink.h"

namespace millrace {

// kInvalidArgument for a 'path' that is not absolute, kUnimplemented for PARTITIONED BY. `files`
// must outlive the sink.
absl::StatusOr<std::unique_ptr<Sink>> NewFileSink(const SinkSpec& spec,
                                                  std::unique_ptr<Encoder> encoder,
                                                  FileSystem& files);

}  // namespace millrace
