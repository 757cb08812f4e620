// Which partitions have got rows and were not said to be complete yet, and when they are. Pure; not
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/event_time.h"
#include "worker/sink/file/file_sink_options.h"

namespace millrace {

class PartitionCommits {
 public:
  explicit PartitionCommits(PartitionCommitOptions options) : options_(std::move(options)) {}

  // `partition`, a path, gets rows. An error if its time cannot be told.
  absl::Status OnRows(const std::string& partition, absl::Time now);

  // The partitions that are complete at this barrier, in order; they are forgotten. At the end of
  // time all are.
  std::vector<std::string> TakeComplete(EventTime watermark, absl::Time now);

  // As state, and back. Of several tasks: the earliest time counts.
  std::string Encode() const;
  absl::Status Restore(std::string_view text);

 private:
  struct Pending {
    absl::Time first_row;
    EventTime time;  // With a partition time.
  };

  const PartitionCommitOptions options_;
  std::map<std::string, Pending> pending_;
};

}  // namespace millrace
