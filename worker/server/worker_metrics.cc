#include "worker/server/worker_metrics.h"

#include <filesystem>

#include "arrow/memory_pool.h"
#include "common/metrics/disk_metrics.h"
#include "common/metrics/process_metrics.h"

namespace millrace {

void WorkerMetrics::Attach(const WorkerRuntime& runtime, const NetworkExchange& exchange) {
  absl::MutexLock lock(&mutex_);
  runtime_ = &runtime;
  exchange_ = &exchange;
}

void WorkerMetrics::Detach() {
  absl::MutexLock lock(&mutex_);
  runtime_ = nullptr;
  exchange_ = nullptr;
}

void WorkerMetrics::Publish() {
  PublishProcessMetrics(metrics_, "worker");
  PublishDiskMetrics(metrics_, {.name = "data", .path = data_dir_});
  const auto used = [this](const char* account, int64_t bytes) {
    metrics_.GetGauge("millrace_memory_used_bytes", {{"account", account}})
        ->Set(static_cast<double>(bytes));
  };
  metrics_.GetGauge("millrace_memory_budget_bytes")->Set(static_cast<double>(memory_bytes_));
  used("batches", arrow::default_memory_pool()->bytes_allocated());

  absl::MutexLock lock(&mutex_);
  if (runtime_ == nullptr) return;
  const RuntimeUsage usage = runtime_->usage();
  used("state", usage.state_bytes);
  used("state_cache", usage.state_cache_bytes);
  used("exchange", exchange_->queued_bytes());
  if (usage.checkpoint_dir.empty()) return;
  // The job's own folder may be removed with the job; the one of all jobs stays.
  const std::filesystem::path job(usage.checkpoint_dir);
  PublishDiskMetrics(metrics_, {.name = "checkpoint", .path = job.parent_path().string()});
}

}  // namespace millrace
