#include "coordinator/planner/table_reading.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
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

std::vector<int> PartitionsOfOneTask(const LogicalSink& sink) {
  const TableOptions& options = sink.table->options;
  const auto shuffles = options.find("sink.shuffle-by-partition.enable");
  const bool asked = shuffles != options.end() && absl::EqualsIgnoreCase(shuffles->second, "true");
  if (!asked && !options.contains("sink.partition-commit.policy.kind")) return {};
  std::vector<int> columns;
  for (const std::string& key : sink.table->partition_keys) {
    if (const std::optional<int> column = sink.schema.Find(key)) columns.push_back(*column);
  }
  return columns;
}

}  // namespace millrace
