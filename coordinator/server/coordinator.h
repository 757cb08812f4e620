// A coordinator process, wired: metadata store, jobs, gRPC services, HTTP.
//
// Thread-safe. Also runs beside a worker in one process (`millrace standalone`, `millrace run`).
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/config/coordinator_config.h"
#include "common/metrics/metrics.h"

namespace millrace {

struct CoordinatorEnvironment {
  MetricRegistry* metrics = nullptr;
  bool ephemeral = false;  // What it knows ends with the process: no metadata folder.
};

class Coordinator {
 public:
  // Drains, then ends. Jobs stay as they are: a coordinator that opens the same folder goes on.
  virtual ~Coordinator() = default;

  // Opens the store, listens, and lets the jobs that are there go on. Errors name what could not be
  // opened and why: a taken port, a folder that another coordinator uses, an address beyond
  // loopback without --insecure.
  static absl::StatusOr<std::unique_ptr<Coordinator>> Start(
      const CoordinatorConfig& config, const CoordinatorEnvironment& environment);

  // Not ready any more, for load balancers and probes; new submissions are refused. The rest goes
  // on.
  virtual void Drain() = 0;

  // Waits until the coordinator has to end by itself: another one has taken its store. The reason.
  virtual absl::Status WaitUntilFenced(absl::Duration timeout) = 0;

  // Asks for a checkpoint behind everything that the job has read until now; blocks for the answer,
  // not for the checkpoint. Its epoch: the request is met once that one, or a later one, is
  // committed. 0: the job does not run.
  virtual Epoch RequestCheckpoint(const JobId& job) = 0;

  // With the real ports.
  virtual std::string rpc_address() const = 0;
  virtual std::string http_address() const = 0;
};

}  // namespace millrace
