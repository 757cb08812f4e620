// A job as the metadata store keeps it, and how it becomes bytes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/plan/job_graph.h"
#include "coordinator/checkpoint/savepoint_restore.h"
#include "coordinator/job/job_lifecycle.h"
#include "coordinator/job/job_view.h"

namespace millrace {

struct JobRecord {
  JobId id;
  std::string request_id;  // Of its submission; may be empty.
  std::string name;
  std::string sql;  // Empty: it was submitted as a plan.
  std::map<std::string, std::string> settings;
  std::shared_ptr<const JobGraph> graph;  // Never null.
  JobProgress progress;
  int64_t created_unix_ms = 0;
  int64_t changed_unix_ms = 0;
  std::string lineage;     // Of its checkpoints (common/checkpoint/manifest.h).
  RestoreRequest restore;  // What it begins from.

  std::string savepoint_dir;    // Where a stop that is under way is to make one; empty: nowhere.
  SavepointMade savepoint;      // The last one.
  std::string savepoint_error;  // Why the stop made none.
};

// The durable form is protobuf, which this folder does not know: the server hands the conversion
// in. Thread-safe.
class JobCodec {
 public:
  virtual ~JobCodec() = default;
  virtual std::string EncodeJob(const JobRecord& record) const = 0;
  // kDataLoss for bytes that are no job, or one whose plan is not valid.
  virtual absl::StatusOr<JobRecord> DecodeJob(std::string_view bytes) const = 0;
};

}  // namespace millrace
