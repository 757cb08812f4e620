#include "common/metrics/metric_catalog.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <utility>

namespace millrace {
namespace {

constexpr MetricKind kCounter = MetricKind::kCounter;
constexpr MetricKind kGauge = MetricKind::kGauge;
constexpr MetricKind kHistogram = MetricKind::kHistogram;

using Families = std::vector<MetricFamily>;
using Labels = std::vector<std::string_view>;

Labels JobLabels() { return {"job", "job_name"}; }
Labels TaskLabels() { return {"job", "job_name", "stage", "task"}; }
Labels EdgeLabels() { return {"job", "edge", "task", "bound"}; }

std::vector<double> Seconds() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

Labels TaskAnd(std::initializer_list<std::string_view> more) {
  Labels labels = TaskLabels();
  labels.insert(labels.end(), more);
  return labels;
}

Families ProcessFamilies() {
  return {
      // The process.
      {"millrace_build_info",
       kGauge,
       "1, with the version and role of this process as labels.",
       {"version", "role"}},
      {"process_resident_memory_bytes", kGauge, "Resident memory.", {}},
      {"process_cpu_seconds_total", kCounter, "User and system CPU time.", {}},
      {"process_open_fds", kGauge, "Open file descriptors.", {}},
      {"process_max_fds", kGauge, "Most file descriptors that the process may open.", {}},
      {"process_threads", kGauge, "Threads.", {}},
      {"process_start_time_seconds",
       kGauge,
       "When the process started, in seconds since 1970.",
       {}},
      {"millrace_memory_budget_bytes", kGauge, "A worker's memory budget (worker.memory).", {}},
      {"millrace_memory_used_bytes",
       kGauge,
       "Memory of a worker by account: state (entries of keyed state), state_cache (RocksDB's "
       "caches), exchange (waiting in channels), batches (all Arrow columns; what waits in local "
       "channels counts there, too).",
       {"account"}},
      {"millrace_disk_free_bytes",
       kGauge,
       "Room left on the file system of a folder: data or checkpoint. A worker learns of the "
       "latter with its first job. NaN: it cannot be looked at.",
       {"folder"}},
      {"millrace_disk_size_bytes",
       kGauge,
       "Size of the file system of a folder: data or checkpoint.",
       {"folder"}},
  };
}

Families TaskFamilies() {
  return {
      // Tasks.
      {"millrace_task_records_in_total", kCounter,
       "Rows that entered the task's chain. With a source: rows that were decoded, before any "
       "filter.",
       TaskLabels()},
      {"millrace_task_records_out_total", kCounter, "Rows that left the task's chain.",
       TaskLabels()},
      {"millrace_task_bytes_in_total", kCounter,
       "Bytes of the batches that entered the task's chain, as columns.", TaskLabels()},
      {"millrace_task_bytes_out_total", kCounter,
       "Bytes of the batches that left the task's chain, as columns.", TaskLabels()},
      {"millrace_task_batches_in_total", kCounter, "Batches that entered the task's chain.",
       TaskLabels()},
      {"millrace_task_batches_out_total", kCounter, "Batches that left the task's chain.",
       TaskLabels()},
      {"millrace_task_timers_fired_total", kCounter,
       "Windows that fired, each for all of its keys together.", TaskLabels()},
      {"millrace_task_loop_lag_seconds", kHistogram,
       "Time between a task becoming ready and an executor taking it up.", TaskLabels(), Seconds()},
      {"millrace_task_checkpoint_phase_seconds", kHistogram,
       "Time of a checkpoint's phases in the task: start_delay (the worker's being told to the "
       "first barrier), align (first to last barrier), freeze, flush (of the sink), write (until "
       "the worker's file is durable).",
       TaskAnd({"phase"}), Seconds()},
      {"millrace_task_time_seconds_total", kCounter,
       "Where the task's time went: busy, idle or backpressured.", TaskAnd({"state"})},
      {"millrace_task_backpressured", kGauge, "1 while the task waits for room downstream.",
       TaskLabels()},
      {"millrace_task_watermark_seconds", kGauge,
       "The task's watermark, in seconds since 1970; +Inf at the end of the input.", TaskLabels()},

      // Operators.
      {"millrace_operator_late_records_dropped_total", kCounter,
       "Rows dropped because their window had closed, since the attempt began.",
       TaskAnd({"operator"})},
  };
}

Families ConnectorFamilies() {
  return {
      // Sources.
      {"millrace_source_bad_records_total", kCounter, "Records that could not be read.",
       TaskAnd({"table"})},
      {"millrace_source_dead_letters_total", kCounter,
       "Records that could not be read and go to the table's dead-letter topic, where they are "
       "once "
       "their checkpoint is complete.",
       TaskAnd({"table"})},
      {"millrace_source_lag_records", kGauge,
       "Records between the position and the end of a split; -1: unknown.",
       TaskAnd({"table", "split"})},
      {"millrace_source_idle_seconds", kGauge,
       "Time since the source had its last record; until the first, since it was opened.",
       TaskAnd({"table"})},
      {"millrace_source_emit_lag_seconds", kGauge,
       "Now minus the event time of the last row handed on; without event time: minus the "
       "timestamp of its record.",
       TaskAnd({"table"})},
      {"millrace_source_records_total", kCounter,
       "Records read from the outside, bad ones included.", TaskAnd({"table"})},
      {"millrace_source_bytes_total", kCounter, "Bytes of records read from the outside.",
       TaskAnd({"table"})},
      {"millrace_kafka_offset", kGauge,
       "Offsets of a partition: current (next to be read), checkpointed, end; -1: not known.",
       TaskAnd({"table", "split", "kind"})},
      {"millrace_source_rewound_records_total", kCounter,
       "Records dropped because the client delivered them again.", TaskAnd({"table"})},

      // Sinks.
      {"millrace_sink_records_total", kCounter,
       "Rows handed to the outside; kafka: rows acknowledged.", TaskAnd({"table"})},
      {"millrace_sink_errors_total", kCounter,
       "Rows, or writes of several rows, that the outside refused. Each fails the task.",
       TaskAnd({"table"})},
      {"millrace_sink_send_seconds", kHistogram,
       "Time from handing a row over until it is acknowledged.", TaskAnd({"table"}), Seconds()},
  };
}

Families ExchangeFamilies() {
  return {
      // Exchange. Bounds over the channels of an edge and TaskLabels(), not one series a channel.
      {"millrace_exchange_sent_bytes_total",
       kCounter,
       "Bytes of frames sent to other workers.",
       {}},
      {"millrace_exchange_sent_frames_total", kCounter, "Frames sent to other workers.", {}},
      {"millrace_exchange_received_bytes_total",
       kCounter,
       "Bytes of frames received from other workers.",
       {}},
      {"millrace_exchange_received_frames_total",
       kCounter,
       "Frames received from other workers.",
       {}},
      {"millrace_exchange_floating_available_bytes",
       kGauge,
       "Floating credit that no channel holds.",
       {}},
      {"millrace_exchange_credit_bytes", kGauge,
       "Credit of the channels of an edge and task: least and most.", EdgeLabels()},
      {"millrace_exchange_send_queue_bytes", kGauge, "Bytes waiting at the sender: least and most.",
       EdgeLabels()},
      {"millrace_exchange_receive_queue_bytes", kGauge,
       "Bytes waiting at the receiver: least and most.", EdgeLabels()},
      {"millrace_exchange_stall_seconds_total", kCounter,
       "Time in which something waited for credit: least and most.", EdgeLabels()},
  };
}

Families StateFamilies() {
  return {
      // Keyed state.
      {"millrace_state_entries", kGauge, "Entries of keyed state in RAM.", TaskAnd({"operator"})},
      {"millrace_state_bytes", kGauge, "Bytes of keyed state in RAM.", TaskAnd({"operator"})},
      {"millrace_state_spilled_entries_total", kCounter,
       "Entries evicted from RAM; they stay in RocksDB.", TaskAnd({"operator"})},
      {"millrace_rocksdb_bytes", kGauge,
       "Bytes in an operator's RocksDB as of the last checkpoint: sst (files), pending_compaction. "
       "State below 4 MB has none.",
       TaskAnd({"operator", "kind"})},
      {"millrace_rocksdb_write_stopped", kGauge,
       "1 while so much waits for compaction that RocksDB refuses writes.", TaskAnd({"operator"})},
  };
}

Families ClusterFamilies() {
  return {
      // Jobs and checkpoints, as the coordinator sees them.
      {"millrace_job_status",
       kGauge,
       "1 for the state that the job is in, 0 for the others.",
       {"job", "job_name", "state"}},
      {"millrace_job_restarts_total", kCounter, "Restarts after failures.", JobLabels()},
      {"millrace_job_uptime_seconds", kGauge,
       "Time since the job runs without a break; 0: it does not.", JobLabels()},
      {"millrace_checkpoints_total",
       kCounter,
       "Checkpoints by result.",
       {"job", "job_name", "result"}},
      {"millrace_checkpoints_in_progress", kGauge, "Checkpoints under way.", JobLabels()},
      {"millrace_checkpoint_duration_seconds", kHistogram, "From the trigger to the commit.",
       JobLabels(), Seconds()},
      {"millrace_checkpoint_size_bytes", kGauge, "Bytes named by the last completed checkpoint.",
       JobLabels()},
      {"millrace_checkpoint_last_completed_timestamp_seconds", kGauge,
       "When the last checkpoint completed.", JobLabels()},
      {"millrace_checkpoint_interval_seconds", kGauge,
       "The checkpoint interval that the job asked for; 0: none.", JobLabels()},
      {"millrace_checkpoint_consecutive_failures", kGauge,
       "Checkpoints that failed since the last one that completed.", JobLabels()},

      // The cluster, as the coordinator sees it.
      {"millrace_cluster_workers", kGauge, "Workers that are registered and alive.", {}},
      {"millrace_cluster_workers_lost",
       kGauge,
       "Workers that fell silent without saying goodbye and have neither come back nor been "
       "replaced.",
       {}},
      {"millrace_cluster_slots", kGauge, "Slots of all live workers.", {"state"}},
  };
}

Families MakeCatalog() {
  Families catalog;
  for (Families part : {ProcessFamilies(), TaskFamilies(), ConnectorFamilies(), ExchangeFamilies(),
                        StateFamilies(), ClusterFamilies()}) {
    std::move(part.begin(), part.end(), std::back_inserter(catalog));
  }
  return catalog;
}

}  // namespace

const std::vector<MetricFamily>& MetricCatalog() {
  static const auto* const catalog = new Families(MakeCatalog());
  return *catalog;
}

const MetricFamily* FindMetric(std::string_view name) {
  for (const MetricFamily& family : MetricCatalog()) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

}  // namespace millrace
