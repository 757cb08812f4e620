#include "cli/doctor/checks.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/config/setting.h"

namespace millrace {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr double kRoomOk = 0.10;  // Of a file system.
constexpr double kRoomLeast = 0.01;
constexpr int64_t kOpenFiles = 65536;
constexpr int64_t kWorkerLeast = 128 * kMiB;  // Below it, a worker does not start.
constexpr double kMemoryShare = 0.90;         // Of the machine; the rest is for everything else.
constexpr int kFirstSaneYear = 2025;
constexpr int kLastSaneYear = 2100;

// "17.2 GiB": for people, so it need not be exact.
std::string SizeText(int64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double amount = static_cast<double>(bytes);
  size_t unit = 0;
  while (amount >= 1024 && unit + 1 < std::size(kUnits)) {
    amount /= 1024;
    ++unit;
  }
  return unit == 0 ? absl::StrCat(bytes, " B") : absl::StrFormat("%.1f %s", amount, kUnits[unit]);
}

// The memory that the process can have, and what bounds it.
struct MemoryBound {
  int64_t bytes;
  std::string what;
};

MemoryBound MemoryBoundOf(const MachineFacts& machine) {
  if (machine.memory_limit_bytes.has_value() &&
      *machine.memory_limit_bytes < machine.memory_bytes) {
    return {*machine.memory_limit_bytes, "that the control group allows"};
  }
  return {machine.memory_bytes, "of the machine"};
}

Finding AboutVersion(const DoctorFacts& facts) {
  return {.check = "version",
          .detail = absl::StrCat("millrace ", facts.version, ", librdkafka ",
                                 facts.machine.kafka_library, ", ", facts.machine.kernel)};
}

Finding CheckConfiguration(const absl::Status& status) {
  if (status.ok()) return {.check = "configuration", .detail = "readable"};
  return {.check = "configuration",
          .verdict = Verdict::kFail,
          .detail = std::string(status.message()),
          .remedy =
              "correct it; docs/configuration.md lists all settings. Folders, ports, memory "
              "and cores were not checked"};
}

// What is said of the file system under a folder that must outlive the machine's next start.
std::string Fleeting(const FolderFacts& folder) {
  if (!folder.must_outlive) return "";
  if (folder.file_system == "tmpfs") return "it lies in memory (tmpfs) and is lost at a restart";
  if (folder.file_system == "overlay") {
    return "it lies in the container's own layer and is lost with the container";
  }
  return "";
}

}  // namespace

Finding CheckKafka(const KafkaFacts& kafka) {
  Finding finding = {.check = "kafka"};
  if (!kafka.reached.ok()) {
    finding.verdict = Verdict::kFail;
    finding.detail = std::string(kafka.reached.message());
    finding.remedy = "check that the broker runs, the address, and security settings (-X)";
    return finding;
  }
  finding.detail =
      absl::StrCat(kafka.brokers.size(), kafka.brokers.size() == 1 ? " broker" : " brokers", " (",
                   absl::StrJoin(kafka.brokers, ", "), ") at ", kafka.bootstrap,
                   kafka.cluster_id.empty() ? "" : ", cluster ", kafka.cluster_id);
  if (kafka.unreachable.empty()) return finding;
  const bool none_left = kafka.unreachable.size() == kafka.brokers.size();
  finding.verdict = none_left ? Verdict::kFail : Verdict::kWarn;
  finding.detail = absl::StrCat(kafka.bootstrap, " answers, but names brokers that do not: ",
                                absl::StrJoin(kafka.unreachable, "; ", absl::PairFormatter(": ")));
  finding.remedy =
      "clients go where the brokers' advertised.listeners send them: set those to an address that "
      "can be reached from here";
  return finding;
}

Finding CheckCoordinator(const CoordinatorFacts& coordinator) {
  if (coordinator.healthy.ok()) {
    return {.check = "coordinator", .detail = absl::StrCat("serves at ", coordinator.address)};
  }
  return {.check = "coordinator",
          .verdict = coordinator.required ? Verdict::kFail : Verdict::kWarn,
          .detail = std::string(coordinator.healthy.message()),
          .remedy = coordinator.required
                        ? "start it, or correct the address (--coordinator)"
                        : "a worker waits until it is there; correct worker.coordinator if it runs "
                          "elsewhere"};
}

Finding CheckFolder(const FolderFacts& folder) {
  Finding finding = {.check = folder.setting};
  if (!folder.usable.ok()) {
    finding.verdict = Verdict::kFail;
    finding.detail = std::string(folder.usable.message());
    finding.remedy = absl::StrCat("make ", folder.path, " writable for this user, or set ",
                                  folder.setting, " to a folder that is");
    return finding;
  }
  const double share = folder.size_bytes == 0 ? 1
                                              : static_cast<double>(folder.free_bytes) /
                                                    static_cast<double>(folder.size_bytes);
  finding.detail = absl::StrCat(
      folder.path, folder.parent.empty() ? "" : absl::StrCat(" can be made in ", folder.parent),
      ": ", SizeText(folder.free_bytes), " of ", SizeText(folder.size_bytes), " free");
  if (share < kRoomOk) {
    finding.verdict = share < kRoomLeast ? Verdict::kFail : Verdict::kWarn;
    finding.remedy =
        absl::StrCat("free some room, or set ", folder.setting, " to a folder on another disk");
    return finding;
  }
  const std::string fleeting = Fleeting(folder);
  if (!fleeting.empty()) {
    finding.verdict = Verdict::kWarn;
    absl::StrAppend(&finding.detail, "; ", fleeting);
    finding.remedy = absl::StrCat("for more than a trial, set ", folder.setting,
                                  " to a disk or a volume that stays");
  }
  return finding;
}

Finding CheckPort(const PortFacts& port) {
  Finding finding = {.check = port.setting};
  if (!port.exposure.ok()) {
    finding.verdict = Verdict::kFail;
    finding.detail = std::string(port.exposure.message());
    finding.remedy = absl::StrCat("the ", port.role, " does not start like this");
    return finding;
  }
  if (port.role_runs) {
    finding.detail = absl::StrCat(port.address, " in use: the ", port.role, " runs");
  } else if (port.is_free.ok()) {
    finding.detail = absl::StrCat(port.address, " free");
  } else {
    finding.verdict = Verdict::kFail;
    finding.detail = std::string(port.is_free.message());
    finding.remedy = absl::StrCat("end what uses the port, or set ", port.setting, " to another");
    return finding;
  }
  if (port.is_open) {
    finding.verdict = Verdict::kWarn;
    absl::StrAppend(&finding.detail, "; open to the network without TLS or authentication");
    finding.remedy = "let nobody but the cluster and its operators reach it";
  }
  return finding;
}

Finding CheckOpenFiles(const MachineFacts& machine) {
  if (machine.open_files_limit >= kOpenFiles) {
    return {.check = "open files", .detail = absl::StrCat("limit ", machine.open_files_limit)};
  }
  return {.check = "open files",
          .verdict = Verdict::kWarn,
          .detail = absl::StrCat("limit ", machine.open_files_limit, " (hard limit ",
                                 machine.open_files_limit_max, ")"),
          .remedy = absl::StrCat("many tasks with much state need more: ulimit -n ", kOpenFiles,
                                 ", LimitNOFILE= of systemd, ulimits: of a compose file")};
}

Finding CheckClock(const MachineFacts& machine) {
  const absl::CivilYear year = absl::ToCivilYear(machine.now, absl::UTCTimeZone());
  Finding finding = {
      .check = "clock",
      .detail = absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", machine.now, absl::UTCTimeZone())};
  if (year.year() < kFirstSaneYear || year.year() >= kLastSaneYear) {
    finding.verdict = Verdict::kFail;
    finding.remedy = "set the clock; let NTP keep it";
  }
  return finding;
}

Finding CheckMemory(const WorkerFacts& worker, const MachineFacts& machine) {
  const MemoryBound bound = MemoryBoundOf(machine);
  Finding finding = {.check = "memory",
                     .detail = absl::StrCat("worker.memory ", SizeText(worker.memory_bytes), ", ",
                                            SizeText(bound.bytes), " ", bound.what)};
  if (worker.memory_bytes < kWorkerLeast) {
    finding.verdict = Verdict::kFail;
    finding.remedy = absl::StrCat("a worker needs at least ", FormatSize(kWorkerLeast));
  } else if (worker.memory_bytes > bound.bytes) {
    finding.verdict = Verdict::kFail;
    finding.remedy = "the kernel would end the worker: set worker.memory lower, or give it more";
  } else if (static_cast<double>(worker.memory_bytes) >
             kMemoryShare * static_cast<double>(bound.bytes)) {
    finding.verdict = Verdict::kWarn;
    finding.remedy = "leave a tenth for everything else: set worker.memory lower";
  }
  return finding;
}

Finding CheckCores(const WorkerFacts& worker, const MachineFacts& machine) {
  const int64_t slots = worker.slots == 0 ? machine.cores : worker.slots;
  Finding finding = {.check = "cores",
                     .detail = absl::StrCat(machine.cores, machine.cores == 1 ? " core" : " cores",
                                            ", ", slots, slots == 1 ? " slot" : " slots")};
  if (machine.core_quota.has_value() && *machine.core_quota < machine.cores) {
    finding.verdict = Verdict::kWarn;
    absl::StrAppendFormat(&finding.detail, "; the control group grants the time of %.1f",
                          *machine.core_quota);
    finding.remedy = absl::StrCat(
        "a worker has a thread per core, which the kernel then holds up: give it whole cores "
        "(cpuset), or raise the quota; and set worker.slots to ",
        std::max<int64_t>(1, std::llround(*machine.core_quota)));
  } else if (slots > machine.cores) {
    finding.verdict = Verdict::kWarn;
    finding.remedy = "tasks of one stage share cores: worker.slots = 0 gives one slot per core";
  }
  return finding;
}

std::vector<Finding> Diagnose(const DoctorFacts& facts) {
  std::vector<Finding> findings = {AboutVersion(facts), CheckConfiguration(facts.configuration)};
  if (facts.kafka.has_value()) findings.push_back(CheckKafka(*facts.kafka));
  if (facts.coordinator.has_value()) findings.push_back(CheckCoordinator(*facts.coordinator));
  for (const FolderFacts& folder : facts.folders) findings.push_back(CheckFolder(folder));
  for (const PortFacts& port : facts.ports) findings.push_back(CheckPort(port));
  findings.push_back(CheckOpenFiles(facts.machine));
  findings.push_back(CheckClock(facts.machine));
  if (facts.worker.has_value()) {
    findings.push_back(CheckMemory(*facts.worker, facts.machine));
    findings.push_back(CheckCores(*facts.worker, facts.machine));
  }
  return findings;
}

bool AnyFails(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.verdict == Verdict::kFail; });
}

}  // namespace millrace
