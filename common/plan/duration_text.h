// Durations as Flink's settings and options write them. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace millrace {

// Milliseconds of "1 s", "500ms", "2 min", "1 h 30 min"; a bare number is milliseconds.
absl::StatusOr<int64_t> ParseDurationMs(std::string_view text);

}  // namespace millrace
