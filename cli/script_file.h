// Reads the SQL script that a command was given, and the NAME=VALUE pairs beside it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace millrace {

// The text of `path`, or of standard input for "-".
absl::StatusOr<std::string> ReadScript(const std::string& path);

// "A=1", "B=x=y" -> {A: 1, B: x=y}. kInvalidArgument for a pair without '='.
absl::StatusOr<std::map<std::string, std::string>> ParsePairs(
    const std::vector<std::string>& pairs);

}  // namespace millrace
