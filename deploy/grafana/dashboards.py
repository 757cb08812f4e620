#!/usr/bin/env python3
"""Writes dashboards/*.json, which Grafana reads: `cluster` and `job`.

    dashboards.py            writes the files
    dashboards.py --check    exit code 1 if they are not what this program writes

Every query is run against a real Prometheus by tests/observability/live_test.py.
"""

import json
import pathlib
import sys

from panels import dashboard, graph, heat_map, number, quantiles, row, steps, table, time_line, variable

FOLDER = pathlib.Path(__file__).resolve().parent / "dashboards"
BAD_ABOVE_0 = steps((1, "red"))

FIRING = 'ALERTS{alertname=~"Millrace.*", alertstate="firing"%s}'


def cluster_alerts():
    return row(
        "Alerts",
        number("Firing", "Alerts of deploy/prometheus/rules that fire now.", f"count({FIRING % ''}) or vector(0)",
               thresholds=BAD_ABOVE_0),
        table("What fires", "docs/runbooks has a page for each.", FIRING % "",
              ["alertname", "severity", "job_name", "job", "stage", "table", "instance"], width=20, empty="nothing"),
    )


def cluster():
    return row(
        "Cluster",
        number("Workers", "Registered and alive.", "sum(millrace_cluster_workers)"),
        number("Workers lost", "Fell silent and neither came back nor were replaced.", "sum(millrace_cluster_workers_lost)",
               thresholds=BAD_ABOVE_0),
        number("Slots free", "A job needs one for each parallel task of its widest stage.",
               'sum(millrace_cluster_slots{state="free"})', thresholds=steps()),
        number("Slots used", "By jobs that run or are being started.", 'sum(millrace_cluster_slots{state="used"})'),
        number("Jobs running", "", 'sum(millrace_job_status{state="RUNNING"})'),
        number("Jobs failed", "Ended by an error that no restart cures. They are listed until the coordinator's data is gone.",
               'sum(millrace_job_status{state="FAILED"})'),
        graph("Jobs by state", "", ("sum by (state) (millrace_job_status) > 0", "{{state}}"), stacked=True),
        graph("Records read", "From the outside, by job.",
              ("sum by (job_name) (rate(millrace_source_records_total[RATE]))", "{{job_name}}"), unit="rowsps"),
        graph("Records behind", "Of sources that know their end.",
              ("sum by (job_name) (table:millrace_source_lag_records:sum)", "{{job_name}}")),
        table("Jobs", "The state of every job. `millrace job list` shows the same.",
              "max by (job, job_name, state) (millrace_job_status) == 1", ["job_name", "job", "state"]),
        table("Processes", "Every process that is scraped.", "millrace_build_info", ["instance", "role", "version"]),
    )


def process():
    return row(
        "Process",
        graph("CPU", "Cores in use.", ("rate(process_cpu_seconds_total{INSTANCE}[RATE])", "{{instance}}")),
        graph("Resident memory", "", ("process_resident_memory_bytes{INSTANCE}", "{{instance}}"), unit="bytes"),
        graph("Resident memory / budget", "1: all of worker.memory.",
              ("process_resident_memory_bytes{INSTANCE} / millrace_memory_budget_bytes", "{{instance}}"), unit="percentunit"),
        graph("Memory by account", "What the budget's parts hold.",
              ("millrace_memory_used_bytes{INSTANCE}", "{{instance}} {{account}}"), unit="bytes", stacked=True),
        graph("Disk free", "Share of the file system that holds a folder.",
              ("millrace_disk_free_bytes{INSTANCE} / millrace_disk_size_bytes", "{{instance}} {{folder}}"), unit="percentunit",
              most=1),
        graph("Open files / limit", "",
              ("process_open_fds{INSTANCE} / process_max_fds", "{{instance}}"), unit="percentunit"),
        graph("Threads", "", ("process_threads{INSTANCE}", "{{instance}}")),
        graph("Uptime", "", ("time() - process_start_time_seconds{INSTANCE}", "{{instance}}"), unit="s"),
        graph("Scrapes", "1: /metrics answered.", ('up{INSTANCE, job=~"coordinator|worker"}', "{{instance}}"), most=1),
        graph("Bytes between workers", "Frames of the exchange; batches that stay in a process are not counted.",
              ("rate(millrace_exchange_sent_bytes_total{INSTANCE}[RATE])", "{{instance}} sent"),
              ("rate(millrace_exchange_received_bytes_total{INSTANCE}[RATE])", "{{instance}} received"), unit="Bps"),
    )


def job_alerts():
    return row(
        "Alerts",
        table("What fires for these jobs", "docs/runbooks has a page for each.", FIRING % ", JOB",
              ["alertname", "severity", "job_name", "job", "stage", "table"], width=24, empty="nothing"),
    )


def job():
    return row(
        "Job",
        time_line("State", "A bar for the time in each state.", "max by (job_name, job, state) (millrace_job_status{JOB}) == 1",
                  "{{job_name}} {{job}} {{state}}"),
        graph("Running without a break", "0: it does not run.", ("millrace_job_uptime_seconds{JOB}", "{{job_name}} {{job}}"),
              unit="s", width=6),
        graph("Restarts in 10 minutes", "After failures.",
              ("sum by (job_name, job) (increase(millrace_job_restarts_total{JOB}[10m]))", "{{job_name}} {{job}}"), width=6),
    )


def sources():
    by = "by (job_name, table)"
    return row(
        "Sources",
        graph("Records read", "", (f"sum {by} (rate(millrace_source_records_total{{JOB}}[RATE]))", "{{job_name}} {{table}}"),
              unit="rowsps"),
        graph("Bytes read", "", (f"sum {by} (rate(millrace_source_bytes_total{{JOB}}[RATE]))", "{{job_name}} {{table}}"),
              unit="Bps"),
        graph("Records behind", "Between the position and the end, over all splits that know their end.",
              (f"sum {by} (table:millrace_source_lag_records:sum{{JOB}})", "{{job_name}} {{table}}")),
        graph("Records behind, the worst splits", "Ten partitions.",
              ("topk(10, millrace_source_lag_records{JOB} >= 0)", "{{job_name}} {{split}}")),
        graph("Event time behind now", "Of the newest row handed on.",
              (f"max {by} (millrace_source_emit_lag_seconds{{JOB}})", "{{job_name}} {{table}}"), unit="s", least=None),
        graph("Time without a record", "Of the task that waits longest.",
              (f"max {by} (millrace_source_idle_seconds{{JOB}})", "{{job_name}} {{table}}"), unit="s"),
        graph("Records that could not be read", "In 5 minutes.",
              (f"sum {by} (increase(millrace_source_bad_records_total{{JOB}}[5m]))", "{{job_name}} {{table}}"),
              (f"sum {by} (increase(millrace_source_dead_letters_total{{JOB}}[5m]))", "{{job_name}} {{table}}, to the dead-letter topic")),
        graph("Kafka: from the checkpoint to the position", "What a failure now would read again, by partition.",
              ('millrace_kafka_offset{JOB, kind="current"} - ignoring (kind) (millrace_kafka_offset{JOB, kind="checkpointed"} >= 0)',
               "{{job_name}} {{split}}")),
        graph("Kafka: delivered twice", "Dropped, since the client had delivered them before.",
              (f"sum {by} (rate(millrace_source_rewound_records_total{{JOB}}[RATE]))", "{{job_name}} {{table}}"), unit="rowsps"),
    )


def operators():
    by = "by (job_name, stage)"
    return row(
        "Operators",
        heat_map("Busy", "Share of each task's time.", 'task:millrace_task_time:share1m{JOB, state="busy"}',
                 "{{job_name}} {{stage}}/{{task}}"),
        heat_map("Backpressured", "Share of each task's time in which it waits for room downstream, or for state or a sink.",
                 'task:millrace_task_time:share1m{JOB, state="backpressured"}', "{{job_name}} {{stage}}/{{task}}"),
        graph("Rows in", "By stage.", (f"sum {by} (rate(millrace_task_records_in_total{{JOB}}[RATE]))", "{{job_name}} {{stage}}"),
              unit="rowsps"),
        graph("Rows out", "By stage.", (f"sum {by} (rate(millrace_task_records_out_total{{JOB}}[RATE]))", "{{job_name}} {{stage}}"),
              unit="rowsps"),
        graph("Bytes in", "As columns, by stage.",
              (f"sum {by} (rate(millrace_task_bytes_in_total{{JOB}}[RATE]))", "{{job_name}} {{stage}}"), unit="Bps"),
        graph("Bytes out", "As columns, by stage.",
              (f"sum {by} (rate(millrace_task_bytes_out_total{{JOB}}[RATE]))", "{{job_name}} {{stage}}"), unit="Bps"),
        graph("Rows in a batch", "The more, the less each row costs.",
              (f"sum {by} (rate(millrace_task_records_in_total{{JOB}}[RATE]))"
               f" / sum {by} (rate(millrace_task_batches_in_total{{JOB}}[RATE]))", "{{job_name}} {{stage}} in"),
              (f"sum {by} (rate(millrace_task_records_out_total{{JOB}}[RATE]))"
               f" / sum {by} (rate(millrace_task_batches_out_total{{JOB}}[RATE]))", "{{job_name}} {{stage}} out")),
        graph("Watermark behind now", "Of the slowest task that has one. Old data make this large: see whether it moves.",
              (f"time() - min {by} (0 < millrace_task_watermark_seconds{{JOB}} < +Inf)", "{{job_name}} {{stage}}"), unit="s",
              least=None),
        graph("Waits for room now", "Tasks.", (f"sum {by} (millrace_task_backpressured{{JOB}})", "{{job_name}} {{stage}}")),
        graph("Windows fired", "Each for all of its keys together.",
              (f"sum {by} (rate(millrace_task_timers_fired_total{{JOB}}[RATE]))", "{{job_name}} {{stage}}"), unit="ops"),
        graph("Late rows dropped", "Their window had closed.",
              ("sum by (job_name, stage, operator) (rate(millrace_operator_late_records_dropped_total{JOB}[RATE]))",
               "{{job_name}} {{stage}} {{operator}}"), unit="rowsps"),
        graph("Wait for an executor", "From being ready to being taken up: large if tasks have too few cores.",
              *quantiles("millrace_task_loop_lag_seconds", "JOB", "job_name", "{{job_name}}"), unit="s"),
    )


def checkpoints():
    return row(
        "Checkpoints",
        graph("Age of the last one", "Or the time since the job runs, if that is shorter.",
              ("job:millrace_checkpoint_age_seconds:min{JOB}", "{{job_name}} {{job}}"), unit="s"),
        graph("Results in a minute", "", ("sum by (job_name, result) (increase(millrace_checkpoints_total{JOB}[1m]))",
                                          "{{job_name}} {{result}}")),
        graph("Failed in a row", "0 again once one completes.",
              ("millrace_checkpoint_consecutive_failures{JOB}", "{{job_name}} {{job}}")),
        graph("Duration", "From the trigger to the commit.",
              *quantiles("millrace_checkpoint_duration_seconds", "JOB", "job_name", "{{job_name}}"), unit="s"),
        graph("Phases, p95", "start_delay: until the first barrier comes; align: until the last has come; freeze: the task stands "
              "still; flush: of the sink; write: until the file is durable.",
              ("histogram_quantile(0.95, sum by (le, job_name, phase) (rate(millrace_task_checkpoint_phase_seconds_bucket{JOB}[RATE])))",
               "{{job_name}} {{phase}}"), unit="s"),
        graph("Size", "Of all that the last completed one names.", ("millrace_checkpoint_size_bytes{JOB}", "{{job_name}} {{job}}"),
              unit="bytes"),
        graph("Under way", "", ("millrace_checkpoints_in_progress{JOB}", "{{job_name}} {{job}}"), most=1),
        graph("Interval asked for", "0: none.", ("millrace_checkpoint_interval_seconds{JOB}", "{{job_name}} {{job}}"), unit="s"),
    )


def state():
    by = "by (job_name, stage, operator)"
    legend = "{{job_name}} {{stage}} {{operator}}"
    return row(
        "State",
        graph("Entries in RAM", "", (f"sum {by} (millrace_state_entries{{JOB}})", legend)),
        graph("Bytes in RAM", "", (f"sum {by} (millrace_state_bytes{{JOB}})", legend), unit="bytes"),
        graph("Entries moved out of RAM", "They stay in RocksDB.",
              (f"sum {by} (rate(millrace_state_spilled_entries_total{{JOB}}[RATE]))", legend), unit="ops"),
        graph("RocksDB", "Files, and what waits for compaction, as of the last checkpoint. State below 4 MB is kept without it.",
              ("sum by (job_name, kind) (millrace_rocksdb_bytes{JOB})", "{{job_name}} {{kind}}"), unit="bytes"),
        graph("RocksDB refuses writes", "Operators' databases, now.",
              (f"sum {by} (millrace_rocksdb_write_stopped{{JOB}})", legend)),
    )


def sinks():
    by = "by (job_name, table)"
    return row(
        "Sinks",
        graph("Rows written", "Acknowledged by the outside.",
              (f"sum {by} (rate(millrace_sink_records_total{{JOB}}[RATE]))", "{{job_name}} {{table}}"), unit="rowsps"),
        graph("Rows refused", "In 5 minutes.",
              (f"sum {by} (increase(millrace_sink_errors_total{{JOB}}[5m]))", "{{job_name}} {{table}}")),
        graph("Time to the acknowledgement", "",
              *quantiles("millrace_sink_send_seconds", "JOB", "job_name, table", "{{job_name}} {{table}}"), unit="s"),
    )


def exchange():
    return row(
        "Exchange",
        graph("Bytes", "Between workers; batches that stay in a process are not counted.",
              ("sum(rate(millrace_exchange_sent_bytes_total{INSTANCE}[RATE]))", "sent"),
              ("sum(rate(millrace_exchange_received_bytes_total{INSTANCE}[RATE]))", "received"), unit="Bps"),
        graph("Frames", "", ("sum(rate(millrace_exchange_sent_frames_total{INSTANCE}[RATE]))", "sent"),
              ("sum(rate(millrace_exchange_received_frames_total{INSTANCE}[RATE]))", "received"), unit="ops"),
        graph("Share of time without credit", "Of the channel of each edge that waits most.",
              ('max by (job, edge) (rate(millrace_exchange_stall_seconds_total{job=~"$job", bound="max"}[RATE]))',
               "{{job}} edge {{edge}}"), unit="percentunit"),
        graph("Waiting at the sender", "The fullest channel of each edge.",
              ('max by (job, edge) (millrace_exchange_send_queue_bytes{job=~"$job", bound="max"})', "{{job}} edge {{edge}}"),
              unit="bytes"),
        graph("Waiting at the receiver", "The fullest channel of each edge.",
              ('max by (job, edge) (millrace_exchange_receive_queue_bytes{job=~"$job", bound="max"})', "{{job}} edge {{edge}}"),
              unit="bytes"),
        graph("Credit", "Of the channel of each edge that has least: 0 holds its sender back.",
              ('min by (job, edge) (millrace_exchange_credit_bytes{job=~"$job", bound="min"})', "{{job}} edge {{edge}}"),
              unit="bytes"),
        graph("Floating credit that is free", "What a worker can still lend to channels that need more than their own.",
              ("millrace_exchange_floating_available_bytes{INSTANCE}", "{{instance}}"), unit="bytes"),
    )


INSTANCES = variable("instance", "Process", "label_values(millrace_build_info, instance)")
JOB_NAMES = variable("job_name", "Job", "label_values(millrace_job_status, job_name)")
JOB_IDS = variable("job", "Job id", 'label_values(millrace_job_status{job_name=~"$job_name"}, job)')


def dashboards():
    return [
        dashboard("millrace-cluster", "Millrace: cluster", "Alerts, jobs and processes at a glance.", [INSTANCES],
                  [cluster_alerts(), cluster(), process()], links=[("Jobs in detail", "millrace-job")]),
        dashboard("millrace-job", "Millrace: job", "A job from its sources to its sinks.", [JOB_NAMES, JOB_IDS, INSTANCES],
                  [job_alerts(), job(), sources(), operators(), checkpoints(), state(), sinks(), exchange()],
                  links=[("Cluster", "millrace-cluster")]),
    ]


def files():
    """{path: text}"""
    return {FOLDER / f"{made['uid'].removeprefix('millrace-')}.json": json.dumps(made, indent=1) + "\n" for made in dashboards()}


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    made = files()
    if not sys.argv[1:]:
        FOLDER.mkdir(exist_ok=True)
        for path, text in made.items():
            path.write_text(text)
        return 0
    found = {path: path.read_text() for path in FOLDER.glob("*.json")}
    different = sorted(path.name for path in made.keys() | found.keys() if made.get(path) != found.get(path))
    if different:
        print(f"not what deploy/grafana/dashboards.py writes: {', '.join(different)}; run it and commit the result")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
