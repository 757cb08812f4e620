#include "common/metrics/disk_metrics.h"

#include <sys/statvfs.h>

#include <filesystem>
#include <limits>
#include <system_error>

namespace millrace {
namespace {

// `path`, or the nearest folder above it that is there.
std::filesystem::path Existing(const std::string& path) {
  std::error_code error;
  std::filesystem::path there = std::filesystem::absolute(path, error);
  while (std::filesystem::status(there, error).type() == std::filesystem::file_type::not_found &&
         there.has_relative_path()) {
    there = there.parent_path();
  }
  return there;
}

}  // namespace

void PublishDiskMetrics(MetricScope& metrics, const DiskFolder& folder) {
  const MetricLabels label = {{"folder", folder.name}};
  struct statvfs disk {};
  const bool known = ::statvfs(Existing(folder.path).c_str(), &disk) == 0;
  const double block =
      known ? static_cast<double>(disk.f_frsize) : std::numeric_limits<double>::quiet_NaN();
  metrics.GetGauge("millrace_disk_free_bytes", label)
      ->Set(static_cast<double>(disk.f_bavail) * block);
  metrics.GetGauge("millrace_disk_size_bytes", label)
      ->Set(static_cast<double>(disk.f_blocks) * block);
}

}  // namespace millrace
