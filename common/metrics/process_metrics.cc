#include "common/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
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

double EntriesOf(const char* folder) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(folder, error);
  if (error) return 0;
  return static_cast<double>(std::distance(begin(entries), end(entries)));
}

double MaxOpenFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                         : static_cast<double>(limit.rlim_cur);
}

// Seconds since 1970. Field 22 of /proc/self/stat is in clock ticks since the machine's start,
// which /proc/stat has in seconds. Fields are counted from behind the name, which may hold spaces.
double StartTime() {
  std::ifstream own("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(own)), std::istreambuf_iterator<char>());
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string field;
  constexpr int kStartTimeField = 22;
  constexpr int kFirstField = 3;
  for (int i = kFirstField; i <= kStartTimeField; ++i) fields >> field;
  const double ticks = std::strtod(field.c_str(), nullptr);
  std::ifstream machine("/proc/stat");
  double booted = 0;
  while (machine >> field) {
    if (field == "btime" && machine >> booted) break;
  }
  return booted + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

void PublishProcessMetrics(MetricScope& metrics, const std::string& role) {
  static absl::Mutex mutex(absl::kConstInit);
  static double counted_cpu_seconds ABSL_GUARDED_BY(mutex) = 0;
  metrics.GetGauge("millrace_build_info", {{"version", kVersion}, {"role", role}})->Set(1);
  metrics.GetGauge("process_resident_memory_bytes")->Set(ResidentBytes());
  metrics.GetGauge("process_open_fds")->Set(EntriesOf("/proc/self/fd"));
  metrics.GetGauge("process_max_fds")->Set(MaxOpenFiles());
  metrics.GetGauge("process_threads")->Set(EntriesOf("/proc/self/task"));
  static const double start_time = StartTime();
  metrics.GetGauge("process_start_time_seconds")->Set(start_time);
  absl::MutexLock lock(&mutex);
  const double cpu_seconds = CpuSeconds();
  metrics.GetCounter("process_cpu_seconds_total")
      ->Add(std::max(0.0, cpu_seconds - counted_cpu_seconds));
  counted_cpu_seconds = cpu_seconds;
}

}  // namespace millrace
