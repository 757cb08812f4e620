// What the operating system says of this machine and of the control group that this process is in.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/doctor/facts.h"

namespace millrace {

MachineFacts GatherMachineFacts();

struct ControlGroupLimits {
  std::optional<double> cores;
  std::optional<int64_t> memory_bytes;
};

// The tightest limits on the way from the process's own control group to the root, by cgroup
// version 2, or by version 1 where that is mounted. `read` gives the text of a file, nothing if
// there is none. Pure.
ControlGroupLimits ReadControlGroupLimits(
    const std::function<std::optional<std::string>(const std::string& path)>& read);

}  // namespace millrace
