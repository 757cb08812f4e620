#!/usr/bin/env python3
"""What a cluster exports while it works, and what its log says: real processes, a real Kafka broker.

Run by ctest (label kafka); MILLRACE_TEST_KAFKA names the broker, MILLRACE_BINARY the binary under test.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Cluster, wait_until  # noqa: E402

BOOTSTRAP = os.environ["MILLRACE_TEST_KAFKA"]
BINARY = os.environ["MILLRACE_BINARY"]
SUFFIX = f"{os.getpid()}-{int(time.time())}"
CLICKS = 4000

# Families that this job cannot bring about, and why.
SPECIAL = {}

# All parts at once: Kafka on both sides, a window behind an exchange, and one with more state than is kept without RocksDB.
JOB = """
SET 'parallelism.default' = '{parallelism}';
SET 'execution.checkpointing.interval' = '100 ms';
CREATE TABLE clicks (id BIGINT, page STRING, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '1' SECOND)
WITH ('connector' = 'kafka', 'topic' = '{source}', 'properties.bootstrap.servers' = '{bootstrap}',
      'scan.startup.mode' = 'earliest-offset', 'format' = 'json', 'on-error' = 'skip');
CREATE TABLE counts (page STRING, window_start TIMESTAMP(3), clicks BIGINT)
WITH ('connector' = 'kafka', 'topic' = '{sink}', 'properties.bootstrap.servers' = '{bootstrap}',
      'sink.delivery-guarantee' = 'at-least-once', 'format' = 'json');
CREATE TABLE events (id BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'datagen', 'rows-per-second' = '40000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1',
      'fields.id.end' = '100000000');
CREATE TABLE nothing (id BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN
INSERT INTO counts
SELECT page, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' SECOND))
GROUP BY page, window_start, window_end;
INSERT INTO nothing
SELECT id, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '1' HOUR)) GROUP BY id, window_start, window_end;
END;
"""

SERIES = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def catalog():
    """{family: its kind} as metric_catalog.cc declares them."""
    text = (ROOT / "common/metrics/metric_catalog.cc").read_text()
    return {name: kind.lower() for name, kind in re.findall(r'\{"((?:millrace|process)_\w+)",\s*k(Counter|Gauge|Histogram)', text)}


def samples(cluster, address):
    """[(name, labels, value)]"""
    found = []
    for line in cluster.get(address, "/metrics").splitlines():
        if match := SERIES.match(line):
            found.append((match.group(1), dict(LABEL.findall(match.group(2) or "")), float(match.group(3))))
    return found


def family_of(name, families):
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return base if families.get(base) == "histogram" else name


def create_topic(name, partitions):
    topic = f"{name}-{SUFFIX}"
    subprocess.run([str(ROOT / "deploy/dev"), "kafka", "create", topic, str(partitions)], check=True,
                   stdout=subprocess.DEVNULL, env=dict(os.environ, MILLRACE_KAFKA=BOOTSTRAP))
    return topic


def produce(topic, lines):
    subprocess.run(["kcat", "-P", "-b", BOOTSTRAP, "-X", "sticky.partitioning.linger.ms=0", "-t", topic],
                   input="\n".join(lines), text=True, check=True)


class ClusterTestCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.source, self.sink = create_topic(f"clicks-{self.id()}", 4), create_topic(f"counts-{self.id()}", 1)
        produce(self.source, [json.dumps({"id": i, "page": f"p{i % 7}", "at": f"2024-01-01 00:00:{i // 100:02d}.000"})
                              for i in range(CLICKS)])

    def start(self, **options):
        self.cluster = Cluster(BINARY, self.folder, **options)
        self.addCleanup(self.cluster.stop)
        self.cluster.start()

    def submit(self, parallelism):
        script = self.folder / f"job-{parallelism}.sql"
        script.write_text(JOB.format(source=self.source, sink=self.sink, bootstrap=BOOTSTRAP, parallelism=parallelism))
        job = self.cluster.submit(script)
        self.cluster.wait_for_state(job, "RUNNING")
        return job

    def everything(self):
        addresses = [self.cluster.http] + [worker.http for worker in self.cluster.workers]
        return [sample for address in addresses for sample in samples(self.cluster, address)]


class MetricsTest(ClusterTestCase):
    def setUp(self):
        super().setUp()
        self.start(workers=2, slots=3, memory="512MiB")
        self.families = catalog()

    def total(self, name, **labels):
        return sum(value for each, has, value in self.everything() if each == name and labels.items() <= has.items())

    def test_every_family_of_the_catalog_is_exported(self):
        job = self.submit(2)
        wanted = set(self.families) - set(SPECIAL)

        def missing():
            return wanted - {family_of(name, self.families) for name, _, _ in self.everything()}

        deadline = time.monotonic() + 90  # Until there is a database.
        while missing() and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertEqual(missing(), set())
        self.check_values(job)
        for address in [self.cluster.http] + [worker.http for worker in self.cluster.workers]:
            result = subprocess.run(["promtool", "check", "metrics"], input=self.cluster.get(address, "/metrics"), text=True,
                                    capture_output=True)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def check_values(self, job):
        clicks = {"job": job, "table": "clicks"}
        wait_until(lambda: self.total("millrace_source_records_total", **clicks) == CLICKS, 30, "all clicks")
        wait_until(lambda: self.total("millrace_kafka_offset", kind="current", **clicks) == CLICKS, 10, "the positions")
        wait_until(lambda: self.total("millrace_kafka_offset", kind="end", **clicks) == CLICKS, 10, "the ends")
        wait_until(lambda: self.total("millrace_kafka_offset", kind="checkpointed", **clicks) == CLICKS, 10, "a checkpoint")
        wait_until(lambda: self.total("millrace_sink_records_total", job=job, table="counts") > 0, 10, "counts")
        for name in ("millrace_source_bytes_total", "millrace_task_bytes_in_total", "millrace_task_bytes_out_total",
                     "millrace_task_batches_in_total", "millrace_task_batches_out_total", "millrace_task_timers_fired_total",
                     "millrace_task_loop_lag_seconds_count", "millrace_source_emit_lag_seconds", "millrace_source_idle_seconds"):
            self.assertGreater(self.total(name, job=job), 0, name)
        for phase in ("start_delay", "align", "freeze", "flush", "write"):
            self.assertGreater(self.total("millrace_task_checkpoint_phase_seconds_count", job=job, phase=phase), 0, phase)
        wait_until(lambda: self.total("millrace_rocksdb_bytes", kind="sst") > 1e6, 30, "a database of a megabyte")
        self.assertEqual(self.total("millrace_memory_budget_bytes"), 2 * 512 * 2**20)
        for account in ("state", "state_cache", "batches"):
            self.assertGreater(self.total("millrace_memory_used_bytes", account=account), 0, account)
        for folder in ("data", "checkpoint"):
            free = [value for name, has, value in self.everything()
                    if name == "millrace_disk_free_bytes" and has["folder"] == folder]
            self.assertEqual(len(free), 3, folder)  # The coordinator and both workers.
            self.assertGreater(min(free), 0, folder)

    def test_series_grow_with_the_tasks_and_not_with_their_square(self):
        narrow, wide = self.submit(2), self.submit(4)
        time.sleep(3)  # The exchange shows its channels once a second.
        counts = {narrow: collections.Counter(), wide: collections.Counter()}
        for name, labels, _ in self.everything():
            if labels.get("job") in counts:
                counts[labels["job"]][family_of(name, self.families)] += 1
        self.assertIn("millrace_exchange_credit_bytes", counts[wide])
        for family, count in counts[wide].items():
            self.assertLessEqual(count, 2 * counts[narrow][family], family)

    def test_labels_are_those_of_the_catalog_and_hold_no_data(self):
        job = self.submit(2)
        time.sleep(3)
        shape = {
            "job": re.compile(re.escape(job)), "stage": re.compile(r"\d+"), "task": re.compile(r"\d+"), "edge": re.compile(r"\d+"),
            "table": re.compile("clicks|counts|events|nothing"), "bound": re.compile("min|max"),
            "operator": re.compile(r"[0-9a-zA-Z_.:-]{1,64}"), "split": re.compile(r"[0-9a-zA-Z_.-]{1,200}"),
            "kind": re.compile("current|checkpointed|end|sst|pending_compaction"),
            "phase": re.compile("start_delay|align|freeze|flush|write"), "le": re.compile(r"[0-9.+Inf]+"),
        }
        for name, labels, _ in self.everything():
            if not name.startswith("millrace_"):
                continue
            self.assertIn(family_of(name, self.families), self.families)
            for label, value in labels.items():
                if label in shape:
                    self.assertRegex(value, "^(?:" + shape[label].pattern + ")$", f"{name}: {label}")

    def test_the_series_of_a_job_that_ended_go_away(self):
        job = self.submit(2)

        def of_job():
            return [name for worker in self.cluster.workers for name, labels, _ in samples(self.cluster, worker.http)
                    if labels.get("job") == job]

        wait_until(of_job, 10, "series of the job")
        self.cluster.cli("job", "cancel", job)
        wait_until(lambda: not of_job(), 30, "the series of the job to go")


TEXT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info |warni|error) \S")


class LogTest(ClusterTestCase):
    """Lines of all processes, while a job with a bad record runs, is checkpointed and is cancelled."""

    def lines(self, log_format):
        environment = {"MILLRACE_LOG_LEVEL": "debug"}
        if log_format:
            environment["MILLRACE_LOG_FORMAT"] = log_format
        with mock.patch.dict(os.environ, environment):
            self.start(workers=1, slots=2)
        self.job = self.submit(2)
        produce(self.source, ["no json \x01 \x7f \\ \" at all"])
        wait_until(lambda: "skipped records" in self.cluster.workers[0].log.read_text(errors="replace"), 30, "the bad record")
        wait_until(lambda: "checkpoint completed" in self.cluster.coordinator.log.read_text(errors="replace"), 30, "a checkpoint")
        self.cluster.cli("job", "cancel", self.job)
        self.cluster.stop()
        logs = [process.log.read_bytes() for process in [self.cluster.coordinator] + self.cluster.workers]
        return [line for log in logs for line in log.decode("utf-8").splitlines()]

    def test_json_is_one_object_a_line_with_job_task_and_epoch(self):
        lines = [json.loads(line) for line in self.lines("json")]
        self.assertTrue(lines)
        by_message = collections.defaultdict(list)
        for line in lines:
            self.assertRegex(line["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("debug", "info", "warning", "error"))
            self.assertRegex(line["logger"], r"^\w+\.cc:\d+$")
            self.assertTrue(line["msg"])
            by_message[line["msg"]].append(line)
        skipped = by_message["skipped records that cannot be read"]
        self.assertTrue(skipped)
        for line in skipped:
            self.assertEqual(line["job"], self.job)
            self.assertRegex(line["task"], r"^\d+/[01]$")
        for message in ("job state changed", "deploying"):
            self.assertEqual({line["job"] for line in by_message[message]}, {self.job}, message)
        for line in lines:
            if "checkpoint" in line["msg"] and "job" in line:
                self.assertIsInstance(line["epoch"], int, line)
        for line in by_message["librdkafka"]:
            self.assertEqual(line.get("job"), self.job, line)

    def test_text_is_the_default_and_says_the_same(self):
        lines = self.lines(None)
        for line in lines:
            self.assertRegex(line, TEXT)
        self.assertTrue([line for line in lines if re.search(rf"skipped records .* job={self.job} .*task=\d/\d", line)])
        self.assertTrue([line for line in lines if re.search(rf"checkpoint completed .*job={self.job} epoch=\d+", line)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
