// What a table's options say of writing files, with Flink's names and meaning. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/columnar/schema.h"
#include "common/plan/table.h"
#include "worker/sink/file/partition_time.h"

namespace millrace {

// When a partition is said to be complete: a success file is put into its folder.
struct PartitionCommitOptions {
  // 'partition-time': the watermark has passed the partition's time and the delay. Empty:
  // 'process-time', so much time after its first row.
  std::optional<PartitionTime> time;
  absl::Duration delay;
  std::string success_file = "_SUCCESS";
};

struct FileSinkOptions {
  std::string folder;
  std::string extension;          // Of the files' names: ".json".
  std::vector<int> line_columns;  // Of the table's columns, what the lines hold.
  std::vector<int> partition_columns;
  std::string default_partition;
  int64_t file_bytes = 0;            // A file that has become larger is not written on.
  absl::Duration rollover_interval;  // Nor one that is open for longer.
  std::optional<PartitionCommitOptions> commit;
};

// kInvalidArgument, naming table and option; kUnimplemented for what Flink has and this does not.
absl::StatusOr<FileSinkOptions> ReadFileSinkOptions(const TableDescription& table);

}  // namespace millrace
