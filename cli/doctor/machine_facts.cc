#include "cli/doctor/machine_facts.h"

#include <librdkafka/rdkafka.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/clock.h"
#include "common/base/cores.h"

namespace millrace {
namespace {

using Read = std::function<std::optional<std::string>(const std::string&)>;

constexpr char kMount[] = "/sys/fs/cgroup";
constexpr int64_t kNoLimit = int64_t{1} << 60;  // Version 1 writes about 2^63 for "none".

std::optional<int64_t> Number(absl::string_view text) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number <= 0 || number >= kNoLimit) return std::nullopt;
  return number;
}

template <typename T>
void Tighten(std::optional<T>& limit, std::optional<T> other) {
  if (other.has_value() && (!limit.has_value() || *other < *limit)) limit = other;
}

// "200000 100000" or "max 100000": time per period.
std::optional<double> CoresOf(const std::optional<std::string>& quota,
                              const std::optional<std::string>& period) {
  if (!quota.has_value() || !period.has_value()) return std::nullopt;
  const auto time = Number(*quota);
  const auto of = Number(*period);
  if (!time.has_value() || !of.has_value()) return std::nullopt;
  return static_cast<double>(*time) / static_cast<double>(*of);
}

std::optional<int64_t> MemoryOf(const std::optional<std::string>& text) {
  return text.has_value() ? Number(*text) : std::nullopt;
}

ControlGroupLimits LimitsIn(const std::string& folder, const Read& read) {
  ControlGroupLimits limits;
  limits.memory_bytes = MemoryOf(read(absl::StrCat(folder, "/memory.max")));
  const std::optional<std::string> time = read(absl::StrCat(folder, "/cpu.max"));
  if (time.has_value()) {
    const std::vector<std::string> parts = absl::StrSplit(*time, absl::ByAnyChar(" \n"));
    if (parts.size() >= 2) limits.cores = CoresOf(parts[0], parts[1]);
  }
  return limits;
}

std::optional<std::string> ReadSystemFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// The path of the process's group in the one hierarchy of version 2: a line "0::/path".
std::string OwnGroup(const Read& read) {
  const std::string text = read("/proc/self/cgroup").value_or("");
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, "0::")) return std::string(absl::StripSuffix(line, "/"));
  }
  return "";
}

}  // namespace

ControlGroupLimits ReadControlGroupLimits(const Read& read) {
  ControlGroupLimits limits;
  const auto tighten = [&limits](const ControlGroupLimits& other) {
    Tighten(limits.cores, other.cores);
    Tighten(limits.memory_bytes, other.memory_bytes);
  };
  for (std::string group = OwnGroup(read); absl::StartsWith(group, "/");
       group.resize(group.rfind('/'))) {
    tighten(LimitsIn(absl::StrCat(kMount, group), read));
  }
  tighten(LimitsIn(kMount, read));
  tighten({.cores = CoresOf(read(absl::StrCat(kMount, "/cpu/cpu.cfs_quota_us")),
                            read(absl::StrCat(kMount, "/cpu/cpu.cfs_period_us"))),
           .memory_bytes = MemoryOf(read(absl::StrCat(kMount, "/memory/memory.limit_in_bytes")))});
  return limits;
}

MachineFacts GatherMachineFacts() {
  MachineFacts facts;
  utsname system{};
  if (uname(&system) == 0) {
    facts.kernel = absl::StrCat(system.sysname, " ", system.release, " ", system.machine);
  }
  facts.kafka_library = rd_kafka_version_str();
  facts.now = SystemClock().Wall();
  rlimit open_files{};
  getrlimit(RLIMIT_NOFILE, &open_files);
  facts.open_files_limit = static_cast<int64_t>(open_files.rlim_cur);
  facts.open_files_limit_max = static_cast<int64_t>(open_files.rlim_max);
  facts.cores = CoreCount();
  facts.memory_bytes = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  const ControlGroupLimits limits = ReadControlGroupLimits(ReadSystemFile);
  facts.core_quota = limits.cores;
  facts.memory_limit_bytes = limits.memory_bytes;
  return facts;
}

}  // namespace millrace
