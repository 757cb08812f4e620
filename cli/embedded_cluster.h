// A coordinator and a worker in this process, for scripts that need no cluster: `millrace run` and
// the shell. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/metrics/metrics.h"
#include "coordinator/server/coordinator.h"
#include "proto/job.grpc.pb.h"
#include "worker/server/worker.h"

namespace millrace {

struct EmbeddedClusterOptions {
  std::string state_dir;      // Empty: nothing is kept.
  std::string savepoint_dir;  // Where jobs may be restored from, beside its own checkpoints.
  std::function<void(std::string_view)> collected;  // As WorkerEnvironment has it.
};

// A folder that is removed at the end, for runs that keep nothing. Rows of the user's are in it, so
// that nobody else may look into it.
class ScratchFolder {
 public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  absl::Status Create() const;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

class EmbeddedCluster {
 public:
  EmbeddedCluster() = default;  // Of nothing yet: Start makes one that runs.
  static absl::StatusOr<std::unique_ptr<EmbeddedCluster>> Start(
      const EmbeddedClusterOptions& options);

  v1::JobService::Stub& jobs() { return *stub_; }
  Coordinator& coordinator() { return *coordinator_; }

  absl::StatusOr<v1::Job> GetJob(const std::string& id);

 private:
  absl::Status Open(const EmbeddedClusterOptions& options);

  const ScratchFolder scratch_;
  MetricRegistry metrics_;
  // The coordinator ends first: it would take the worker's end for a loss, and count a restart.
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<Coordinator> coordinator_;
  std::unique_ptr<v1::JobService::Stub> stub_;
};

// What a job can be restored from in `path`: itself, unless it is the --state-dir of a run; then
// the checkpoints of its job. kInvalidArgument if there is nothing at `path` or no checkpoint in
// it.
absl::StatusOr<std::string> FindRestorePoint(const std::string& path);

}  // namespace millrace
