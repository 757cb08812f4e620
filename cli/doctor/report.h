// Findings as people read them, a line each and one for the remedy, and as JSON. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/doctor/checks.h"

namespace millrace {

std::string FindingsTable(const std::vector<Finding>& findings);

// {"checks": [{"check", "verdict", "detail", "remedy"}...], "ok": n, "warned": n, "failed": n}
std::string FindingsJson(const std::vector<Finding>& findings);

}  // namespace millrace
