#include "common/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/version.h"

namespace millrace {
namespace {

// The second field of /proc/self/statm counts resident pages.
double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total = 0;
  int64_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double OpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<double>(std::distance(begin(files), end(files)));
}

}  // namespace

void PublishProcessMetrics(MetricScope& metrics, const std::string& role) {
  static absl::Mutex mutex(absl::kConstInit);
  static double counted_cpu_seconds ABSL_GUARDED_BY(mutex) = 0;
  metrics.GetGauge("millrace_build_info", {{"version", kVersion}, {"role", role}})->Set(1);
  metrics.GetGauge("process_resident_memory_bytes")->Set(ResidentBytes());
  metrics.GetGauge("process_open_fds")->Set(OpenFiles());
  absl::MutexLock lock(&mutex);
  const double cpu_seconds = CpuSeconds();
  metrics.GetCounter("process_cpu_seconds_total")
      ->Add(std::max(0.0, cpu_seconds - counted_cpu_seconds));
  counted_cpu_seconds = cpu_seconds;
}

}  // namespace millrace
