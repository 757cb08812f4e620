// A sink that is slow on purpose, around any other: for trying out what backpressure does.
//
//   'sink.rate-limit.rows-per-second' = '1000'   each task takes no more than that
//   'sink.rate-limit.duration' = '180 s'         from the opening of the task; then at full speed
//
// It never blocks a thread: a batch that was taken too early is followed by kBlockedIo until its
// time has come.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/sink.h"

namespace millrace {

// `sink` itself if the table sets no limit.
absl::StatusOr<std::unique_ptr<Sink>> Throttled(const SinkSpec& spec, std::unique_ptr<Sink> sink);

}  // namespace millrace
