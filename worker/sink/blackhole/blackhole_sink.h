// `blackhole`: takes rows and forgets them. With 'checksum' = 'true' it says at the end, in the
// log, how many they were and what their checksum is (row_checksum.h). Both are state, so that they
// are those of one run however often the job was restored.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/sink.h"

namespace millrace {

absl::StatusOr<std::unique_ptr<Sink>> NewBlackholeSink(const SinkSpec& spec);

}  // namespace millrace
