#include "worker/sink/file/partition_commits.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/plan/partition_path.h"

namespace millrace {

absl::Status PartitionCommits::OnRows(const std::string& partition, absl::Time now) {
  if (pending_.contains(partition)) return absl::OkStatus();
  Pending pending{.first_row = now};
  if (options_.time.has_value()) {
    ASSIGN_OR_RETURN(pending.time, options_.time->Of(PartitionsIn(partition + "/")));
  }
  pending_.emplace(partition, pending);
  return absl::OkStatus();
}

std::vector<std::string> PartitionCommits::TakeComplete(EventTime watermark, absl::Time now) {
  const auto is_complete = [&](const Pending& pending) {
    if (watermark == EventTime::Max()) return true;
    if (!options_.time.has_value()) return now >= pending.first_row + options_.delay;
    const int64_t delay_ms = absl::ToInt64Milliseconds(options_.delay);
    return watermark.millis() > pending.time.millis() + delay_ms;
  };
  std::vector<std::string> complete;
  std::erase_if(pending_, [&](const auto& entry) {
    const bool done = is_complete(entry.second);
    if (done) complete.push_back(entry.first);
    return done;
  });
  return complete;
}

// One line per partition: "<unix ms of its first row>\t<path>". Paths have no control characters.
std::string PartitionCommits::Encode() const {
  std::string text;
  for (const auto& [partition, pending] : pending_) {
    absl::StrAppend(&text, absl::ToUnixMillis(pending.first_row), "\t", partition, "\n");
  }
  return text;
}

absl::Status PartitionCommits::Restore(std::string_view text) {
  for (const absl::string_view line : absl::StrSplit(AbslView(text), '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits('\t', 1));
    int64_t millis = 0;
    if (!absl::SimpleAtoi(parts.first, &millis) || parts.second.empty()) {
      return absl::DataLossError("the partitions in the checkpoint are damaged");
    }
    const absl::Time first_row = absl::FromUnixMillis(millis);
    RETURN_IF_ERROR(OnRows(parts.second, first_row));
    Pending& pending = pending_.at(parts.second);
    pending.first_row = std::min(pending.first_row, first_row);
  }
  return absl::OkStatus();
}

}  // namespace millrace
