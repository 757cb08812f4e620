// What the facts about a machine mean for running Millrace on it: one finding per check, with a
// remedy for what is not in order. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/doctor/facts.h"

namespace millrace {

enum class Verdict : uint8_t { kOk, kWarn, kFail };

struct Finding {
  std::string check;  // "checkpoint.dir"
  Verdict verdict = Verdict::kOk;
  std::string detail;
  std::string remedy;  // Empty if all is well.
};

Finding CheckKafka(const KafkaFacts& kafka);
Finding CheckCoordinator(const CoordinatorFacts& coordinator);
Finding CheckFolder(const FolderFacts& folder);
Finding CheckPort(const PortFacts& port);
Finding CheckOpenFiles(const MachineFacts& machine);
Finding CheckClock(const MachineFacts& machine);
Finding CheckMemory(const WorkerFacts& worker, const MachineFacts& machine);
Finding CheckCores(const WorkerFacts& worker, const MachineFacts& machine);

// All that the facts allow, in the order in which they are printed.
std::vector<Finding> Diagnose(const DoctorFacts& facts);

// Whether anything keeps Millrace from running.
bool AnyFails(const std::vector<Finding>& findings);

}  // namespace millrace
