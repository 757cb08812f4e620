#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/reference/markdown.h"
#include "cli/reference/reference_pages.h"
#include "common/base/absl_view.h"
#include "common/metrics/metric_catalog.h"

namespace millrace {
namespace {

// What a metric is about, by how its name begins; the first that fits counts.
struct Group {
  const char* prefix;
  const char* heading;
  const char* exported_by;
};
constexpr Group kGroups[] = {
    {"process_", "Process", "every process"},
    {"millrace_build_", "Process", "every process"},
    {"millrace_memory_", "Process", "every process"},
    {"millrace_disk_", "Process", "every process"},
    {"millrace_task_", "Tasks", "workers"},
    {"millrace_operator_", "Operators", "workers"},
    {"millrace_source_", "Sources", "workers"},
    {"millrace_kafka_", "Sources", "workers"},
    {"millrace_sink_", "Sinks", "workers"},
    {"millrace_exchange_", "Exchange", "workers"},
    {"millrace_state_", "Keyed state", "workers"},
    {"millrace_rocksdb_", "Keyed state", "workers"},
    {"millrace_job_", "Jobs", "the coordinator"},
    {"millrace_checkpoint", "Checkpoints", "the coordinator"},
    {"millrace_cluster_", "Cluster", "the coordinator"},
};

// Flink's names without their scope (taskmanager_job_task_ and the like).
struct Twin {
  const char* metric;
  const char* flink;
};
constexpr Twin kTwins[] = {
    {"process_cpu_seconds_total", "Status_JVM_CPU_Time"},
    {"process_resident_memory_bytes", "Status_JVM_Memory_*"},
    {"process_threads", "Status_JVM_Threads_Count"},
    {"millrace_task_records_in_total", "numRecordsIn"},
    {"millrace_task_records_out_total", "numRecordsOut"},
    {"millrace_task_bytes_in_total", "numBytesIn"},
    {"millrace_task_bytes_out_total", "numBytesOut"},
    {"millrace_task_batches_in_total", "numBuffersIn"},
    {"millrace_task_batches_out_total", "numBuffersOut"},
    {"millrace_task_timers_fired_total", "numFiredTimers"},
    {"millrace_task_loop_lag_seconds", "mailboxLatencyMs"},
    {"millrace_task_checkpoint_phase_seconds",
     "checkpointStartDelayNanos, checkpointAlignmentTime"},
    {"millrace_task_time_seconds_total",
     "busyTimeMsPerSecond, idleTimeMsPerSecond, backPressuredTimeMsPerSecond"},
    {"millrace_task_backpressured", "isBackPressured"},
    {"millrace_task_watermark_seconds", "currentOutputWatermark"},
    {"millrace_operator_late_records_dropped_total", "numLateRecordsDropped"},
    {"millrace_source_bad_records_total", "numRecordsInErrors"},
    {"millrace_source_lag_records", "pendingRecords, records-lag-max"},
    {"millrace_source_idle_seconds", "sourceIdleTime"},
    {"millrace_source_emit_lag_seconds", "currentEmitEventTimeLag"},
    {"millrace_source_records_total", "numRecordsIn of the source"},
    {"millrace_source_bytes_total", "numBytesIn of the source"},
    {"millrace_kafka_offset", "currentOffset, committedOffset"},
    {"millrace_sink_records_total", "numRecordsSend"},
    {"millrace_sink_errors_total", "numRecordsSendErrors"},
    {"millrace_sink_send_seconds", "currentSendTime"},
    {"millrace_exchange_credit_bytes", "exclusiveBuffersUsage, floatingBuffersUsage"},
    {"millrace_exchange_send_queue_bytes", "outPoolUsage, outputQueueLength"},
    {"millrace_exchange_receive_queue_bytes", "inPoolUsage, inputQueueLength"},
    {"millrace_rocksdb_bytes", "rocksdb_*"},
    {"millrace_rocksdb_write_stopped", "rocksdb_is-write-stopped"},
    {"millrace_job_status", "runningState and the other state gauges"},
    {"millrace_job_restarts_total", "numRestarts"},
    {"millrace_job_uptime_seconds", "uptime"},
    {"millrace_checkpoints_total", "numberOfCompletedCheckpoints, numberOfFailedCheckpoints"},
    {"millrace_checkpoints_in_progress", "numberOfInProgressCheckpoints"},
    {"millrace_checkpoint_duration_seconds", "lastCheckpointDuration"},
    {"millrace_checkpoint_size_bytes", "lastCheckpointFullSize"},
    {"millrace_checkpoint_last_completed_timestamp_seconds", "lastCompletedCheckpointTimestamp"},
    {"millrace_cluster_workers", "numRegisteredTaskManagers"},
    {"millrace_cluster_slots", "taskSlotsAvailable, taskSlotsTotal"},
};

const Group* FindGroup(std::string_view metric) {
  const auto* const found = std::find_if(
      std::begin(kGroups), std::end(kGroups),
      [&](const Group& group) { return absl::StartsWith(AbslView(metric), group.prefix); });
  return found == std::end(kGroups) ? nullptr : found;
}

const char* KindText(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kHistogram:
      return "histogram";
  }
  return "";
}

std::string LabelsText(const MetricFamily& family) {
  return absl::StrJoin(family.labels, ", ", [](std::string* out, std::string_view label) {
    absl::StrAppend(out, AbslView(label));
  });
}

std::vector<std::string> RowOf(const MetricFamily& family) {
  const std::string name(family.name);
  return {Code(name), KindText(family.kind), LabelsText(family), std::string(family.help),
          Code(FlinkMetricOf(name))};
}

// The groups' headings, each once.
std::vector<Group> Headings() {
  std::vector<Group> headings;
  for (const Group& group : kGroups) {
    const bool known = std::any_of(headings.begin(), headings.end(), [&](const Group& other) {
      return std::string_view(other.heading) == group.heading;
    });
    if (!known) headings.push_back(group);
  }
  return headings;
}

std::string BucketsText() {
  std::string text;
  for (const MetricFamily& family : MetricCatalog()) {
    if (family.buckets.empty()) continue;
    const std::string bounds = absl::StrJoin(family.buckets, ", ");
    absl::StrAppend(&text, "- ", Code(family.name), ": ", bounds, "\n");
  }
  return text;
}

}  // namespace

std::string MetricGroupOf(const std::string& metric) {
  const Group* const group = FindGroup(metric);
  return group == nullptr ? "" : group->heading;
}

std::string FlinkMetricOf(const std::string& metric) {
  for (const Twin& twin : kTwins) {
    if (metric == twin.metric) return twin.flink;
  }
  return "";
}

int FlinkMetricCount() { return std::size(kTwins); }

std::string MetricsPage() {
  std::string text = absl::StrCat(
      GeneratedHead("Metrics", "metrics"),
      "Coordinator and workers serve these in Prometheus' text format at `/metrics` of their HTTP "
      "ports (`coordinator.http_address`, `worker.http_address`). Names carry base units; a "
      "counter "
      "ends in `_total` and is read with `rate()`. Families appear once something has been "
      "counted.\n\n"
      "Labels: `job` is the job's id, `job_name` its name; `stage` and `task` number the stages of "
      "its plan and the parallel tasks of a stage; `table` is the name in the script; `split` a "
      "partition or file. No label holds data.\n\n"
      "The last column names the metric of Apache Flink that says the same, without its scope.\n");
  for (const Group& heading : Headings()) {
    std::vector<std::vector<std::string>> rows;
    for (const MetricFamily& family : MetricCatalog()) {
      if (MetricGroupOf(std::string(family.name)) == heading.heading) rows.push_back(RowOf(family));
    }
    if (rows.empty()) continue;
    absl::StrAppend(&text, "\n## ", heading.heading, "\n\nExported by ", heading.exported_by,
                    ".\n\n", MarkdownTable({"name", "kind", "labels", "meaning", "Flink"}, rows));
  }
  absl::StrAppend(&text, "\n## Buckets of histograms\n\nUpper bounds, in the unit of the name:\n\n",
                  BucketsText());
  return text;
}

}  // namespace millrace
