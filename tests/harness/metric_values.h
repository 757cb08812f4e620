// Reads a series as Prometheus would.
//
//   MetricValue(registry, "millrace_task_records_in_total")              // The only one of the
//   family. MetricValue(registry, "millrace_kafka_offset", {{"kind", "end"}})    // The one with
//   that label.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/metrics/metrics.h"

namespace millrace {

// Of the first series of `name` that has all of `labels`; nothing if there is none. A histogram's
// series end in _count, _sum and _bucket.
inline std::optional<double> MetricValue(const MetricRegistry& registry, const std::string& name,
                                         const MetricLabels& labels = {}) {
  const std::string text = registry.Expose();
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StartsWith(line, absl::StrCat(name, "{")) &&
        !absl::StartsWith(line, absl::StrCat(name, " "))) {
      continue;
    }
    bool fits = true;
    for (const auto& [label, value] : labels) {
      fits = fits && absl::StrContains(line, absl::StrCat(label, "=\"", value, "\""));
    }
    double value = 0;
    if (fits && absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value)) return value;
  }
  return std::nullopt;
}

}  // namespace millrace
