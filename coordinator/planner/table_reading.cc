#include "coordinator/planner/table_reading.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/plan/duration_text.h"

namespace millrace {

absl::StatusOr<int64_t> IdleTimeoutMs(const TableDefinition& table, const TableOptions& options) {
  const auto found = options.find("scan.watermark.idle-timeout");
  if (found == options.end()) return 0;
  const absl::StatusOr<int64_t> millis = ParseDurationMs(found->second);
  if (millis.ok()) return millis;
  return absl::InvalidArgumentError(absl::StrCat("table '", table.name, "': '", found->first,
                                                 "' = '", found->second,
                                                 "': ", std::string(millis.status().message())));
}

}  // namespace millrace
