// A worker process, wired: runtime, exchange, session with the coordinator, HTTP.
//
// Thread-safe. Also runs beside a coordinator in one process (`millrace standalone`, `millrace
// run`).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/config/worker_config.h"
#include "common/metrics/metrics.h"

namespace millrace {

struct WorkerEnvironment {
  MetricRegistry* metrics = nullptr;
  bool print_to_stdout = false;  // `print` and `collect` write to stdout instead of the log.
  // Takes the lines of `collect` instead, from any thread; it may hold the caller up, which is
  // backpressure. It outlives the worker. Empty: as above.
  std::function<void(std::string_view lines)> collected;
};

class Worker {
 public:
  virtual ~Worker() = default;  // Ends the session, then cancels what runs.

  // Asks the coordinator to let it go: its jobs take a last checkpoint and move to other workers.
  // Once.
  virtual void Leave() = 0;
  // Whether that is over, in whatever way: the jobs have moved, the coordinator is not there, or it
  // took too long.
  virtual bool WaitUntilLeft(absl::Duration timeout) = 0;

  // Listens, and begins to look for the coordinator. Errors name what could not be opened and why.
  static absl::StatusOr<std::unique_ptr<Worker>> Start(const WorkerConfig& config,
                                                       const WorkerEnvironment& environment);

  // Waits until the worker has to end by itself: the coordinator refused it. The reason.
  virtual absl::Status WaitUntilRefused(absl::Duration timeout) = 0;

  virtual std::string http_address() const = 0;
  virtual std::string exchange_address() const = 0;
};

}  // namespace millrace
