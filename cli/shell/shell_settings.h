// The settings that are the shell's own, under the names that Flink's client gives them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/planner/job_settings.h"

namespace millrace {

enum class ResultMode : uint8_t {
  kTable,      // The table that the changes lead to.
  kChangelog,  // Every change as it comes.
  kTableau,    // The same in a frame that grows row by row; what pipes get.
};

struct ShellSettings {
  std::optional<ResultMode> mode;  // Empty: a table on a terminal, a tableau else.
  int64_t max_rows = 1'000'000;    // That a table keeps; the oldest ones go.
  int64_t max_column_width = 30;   // Longer text is cut.
  bool waits_for_inserts = false;  // Until their jobs end, also in a cluster.
};

// The keys, sorted.
std::vector<std::string> ShellSettingKeys();

// kInvalidArgument, naming key and value, for a value that makes no sense.
absl::StatusOr<ShellSettings> ShellSettingsOf(const Settings& settings);

}  // namespace millrace
