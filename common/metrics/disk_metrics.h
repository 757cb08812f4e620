// How much room the disk under a folder has.
#pragma once

#include <string>

#include "common/metrics/metrics.h"

namespace millrace {

// A folder by what it is for ("data", "checkpoint"), which is its label.
struct DiskFolder {
  std::string name;
  std::string path;
};

// Brings the folder's families up to date. To be called when metrics are asked for. NaN for a
// folder that cannot be looked at: it compares as neither much nor little. One that is still to be
// made is looked at where it will be.
void PublishDiskMetrics(MetricScope& metrics, const DiskFolder& folder);

}  // namespace millrace
