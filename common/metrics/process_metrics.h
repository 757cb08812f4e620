// What the operating system says of this process: memory, CPU time, open files; and which build it
// is.
#pragma once

#include <string>

#include "common/metrics/metrics.h"

namespace millrace {

// The media type of MetricRegistry::Expose().
inline constexpr char kMetricsContentType[] = "text/plain; version=0.0.4; charset=utf-8";

// Brings the process's families up to date. `role`: "coordinator" or "worker". To be called when
// metrics are asked for.
void PublishProcessMetrics(MetricScope& metrics, const std::string& role);

}  // namespace millrace
