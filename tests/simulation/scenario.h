// One run: a coordinator, three workers, one job, and faults, all from one seed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "tests/simulation/fabric.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/sim_coordinator.h"
#include "tests/simulation/sim_worker.h"

namespace millrace::simulation {

struct Outcome {
  absl::Status status;  // Which promise was broken, if one was.
  uint64_t trace_hash = 0;
  int64_t checkpoints = 0;
  int64_t restarts = 0;
  int64_t faults = 0;
  absl::Duration virtual_time;
};

class Scenario {
 public:
  Scenario(uint64_t seed, bool print);
  Outcome Run();

 private:
  void StartCoordinator();
  void StartWorker(const WorkerId& id);
  void Connect(const WorkerId& id);
  void ScheduleFault();
  void Fault();
  void CrashCoordinator();
  void CrashWorker(const WorkerId& id);
  void LeaveWorker(const WorkerId& id);
  void EndWorker(const WorkerId& id);
  WorkerId AnyWorker();
  absl::Status Check() const;

  Schedule schedule_;
  Fabric fabric_;
  JobShape shape_;
  absl::Duration faults_end_;
  bool stops_early_ = false;
  SimStore store_;
  std::shared_ptr<SimCoordinator> coordinator_;
  std::map<WorkerId, std::shared_ptr<SimWorker>> workers_;
  int64_t next_session_ = 1;
  int64_t faults_ = 0;
};

}  // namespace millrace::simulation
