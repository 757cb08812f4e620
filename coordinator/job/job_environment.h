// What every job of a coordinator shares. Plain pointers: everything here outlives the jobs.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/random.h"
#include "common/io/file_system.h"
#include "common/metrics/metrics.h"
#include "coordinator/checkpoint/checkpoint_record.h"
#include "coordinator/cluster/worker_registry.h"
#include "coordinator/job/decision_thread.h"
#include "coordinator/job/job_board.h"
#include "coordinator/job/job_lifecycle.h"
#include "coordinator/job/job_record.h"
#include "coordinator/job/worker_gateway.h"
#include "coordinator/store/metadata_store.h"

namespace millrace {

struct JobEnvironment {
  DecisionThread* decisions = nullptr;
  Executor* io = nullptr;  // For what blocks.
  const Clock* clock = nullptr;
  MetadataStore* store = nullptr;
  FileSystem* files = nullptr;
  const JobCodec* job_codec = nullptr;
  const CheckpointCodec* checkpoint_codec = nullptr;
  WorkerGateway* gateway = nullptr;
  WorkerRegistry* workers = nullptr;  // Touched on the decision thread only, as is `random`.
  Random* random = nullptr;
  JobBoard* board = nullptr;
  MetricScope* metrics = nullptr;
  std::string checkpoint_dir;  // Absolute.
  int32_t checkpoints_retained = 2;
  LifecycleOptions lifecycle;
};

// Whom a job tells what concerns others. Called on the decision thread.
class JobOwner {
 public:
  virtual ~JobOwner() = default;
  virtual void OnSlotsTaken() = 0;
  virtual void OnSlotsFreed() = 0;
  // The store says that another coordinator rules.
  virtual void OnFenced(const absl::Status& status) = 0;
};

}  // namespace millrace
