// Every metric family of Millrace: the one place where names, kinds, help texts and labels are
// declared.
//
// Names follow Prometheus' rules: base units, unit before _total. Labels that a scope adds (job,
// stage, task...) are listed too. No label may hold data (keys, query texts), and no family may
// grow with the square of the parallelism.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace {

enum class MetricKind : uint8_t { kCounter, kGauge, kHistogram };

struct MetricFamily {
  std::string_view name;
  MetricKind kind;
  std::string_view help;
  std::vector<std::string_view> labels;  // All of them, those of scopes too.
  std::vector<double> buckets = {};      // Histograms: upper bounds.
};

const std::vector<MetricFamily>& MetricCatalog();

// Null if there is none of that name.
const MetricFamily* FindMetric(std::string_view name);

}  // namespace millrace
