// What a worker's process has and uses: memory by account, room on its disks. Looked at when
// metrics are asked for.
//
// Thread-safe. The runtime comes after HTTP and goes before it, so it is attached while it lives.
#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/config/worker_config.h"
#include "common/metrics/metrics.h"
#include "worker/exchange/exchange.h"
#include "worker/task/worker_runtime.h"

namespace millrace {

class WorkerMetrics {
 public:
  // `metrics` outlives this.
  WorkerMetrics(MetricScope& metrics, const WorkerConfig& config)
      : metrics_(metrics), data_dir_(config.data_dir), memory_bytes_(config.memory_bytes) {}

  void Attach(const WorkerRuntime& runtime, const NetworkExchange& exchange);
  void Detach();

  void Publish();

 private:
  MetricScope& metrics_;
  const std::string data_dir_;
  const int64_t memory_bytes_;
  absl::Mutex mutex_;
  const WorkerRuntime* runtime_ ABSL_GUARDED_BY(mutex_) = nullptr;
  const NetworkExchange* exchange_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace millrace
