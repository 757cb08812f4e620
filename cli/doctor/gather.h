// Looks at the machine, the configuration and the neighbours for `millrace doctor`: all that blocks
// or touches the outside is here.
#pragma once

#include <map>
#include <string>

#include "absl/time/time.h"
#include "cli/doctor/facts.h"
#include "common/config/setting.h"

namespace millrace {

struct DoctorQuestions {
  SettingSources sources;
  bool coordinator_role = true;  // This machine is to run a coordinator.
  bool worker_role = true;
  std::string kafka;  // "host:port,..."; empty: not asked.
  std::map<std::string, std::string> kafka_properties;
  std::string
      coordinator;  // "host:port" of its gRPC port; empty: only if a worker alone is to run.
  absl::Duration timeout = absl::Seconds(5);
};

DoctorFacts GatherFacts(const DoctorQuestions& questions);

// Whether something can listen there. OK, or what keeps it from that.
absl::Status TryListening(const std::string& address);

}  // namespace millrace
