#!/usr/bin/env python3
"""Real processes, a real Kafka broker, kill -9, and what a user sees when something is wrong.

Run by ctest (label kafka); MILLRACE_TEST_KAFKA names the broker, MILLRACE_BINARY the binary under test.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/demo"))
import demo  # noqa: E402
from cluster import Cluster, read_topic, wait_until  # noqa: E402

BOOTSTRAP = os.environ["MILLRACE_TEST_KAFKA"]
BINARY = os.environ["MILLRACE_BINARY"]
SUFFIX = f"{os.getpid()}-{int(time.time())}"


def create_topic(name, partitions):
    topic = f"{name}-{SUFFIX}"
    subprocess.run([str(ROOT / "deploy/dev"), "kafka", "create", topic, str(partitions)], check=True,
                   stdout=subprocess.DEVNULL, env=dict(os.environ, MILLRACE_KAFKA=BOOTSTRAP))
    return topic


def produce(topic, lines):
    # Spread over the partitions: one that gets nothing would hold the watermark back.
    subprocess.run(["kcat", "-P", "-b", BOOTSTRAP, "-X", "sticky.partitioning.linger.ms=0", "-t", topic],
                   input="\n".join(lines), text=True, check=True)


class ClusterTestCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def cluster(self, **options):
        cluster = Cluster(BINARY, self.folder, **options)
        self.addCleanup(cluster.stop)
        cluster.start()
        return cluster

    def script(self, text):
        path = self.folder / "job.sql"
        path.write_text(text)
        return path


class FraudTest(ClusterTestCase):
    def test_a_worker_killed_midway_costs_no_alert(self):
        options = argparse.Namespace(
            binary=BINARY, bootstrap=BOOTSTRAP, folder=str(self.folder / "demo"), transactions=200_000, seed=7, rate=20_000,
            topic_in=create_topic("transactions", 4), topic_out=create_topic("alerts", 1), once=True)
        self.assertEqual(demo.run(options), 0)


COUNTS = """
CREATE TABLE clicks (id BIGINT, page STRING, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'kafka', 'topic' = '{source}', 'properties.bootstrap.servers' = '{bootstrap}',
      'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'json');
CREATE TABLE counts (page STRING, window_start TIMESTAMP(3), clicks BIGINT)
WITH ('connector' = 'kafka', 'topic' = '{sink}', 'properties.bootstrap.servers' = '{bootstrap}',
      'sink.delivery-guarantee' = 'at-least-once', 'format' = 'json');
INSERT INTO counts
SELECT page, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' SECOND))
GROUP BY page, window_start, window_end;
"""


class KafkaTest(ClusterTestCase):
    def test_a_bounded_topic_is_read_to_its_end_and_the_job_finishes(self):
        source, sink = create_topic("clicks", 2), create_topic("counts", 1)
        produce(source, [json.dumps({"id": i, "page": f"p{i % 3}", "at": f"2024-01-01 00:00:{i // 100:02d}.000"})
                         for i in range(1000)])
        cluster = self.cluster(workers=2, slots=1)
        job = cluster.submit(self.script(COUNTS.format(source=source, sink=sink, bootstrap=BOOTSTRAP)))
        cluster.wait_for_state(job, "FINISHED")
        rows = [json.loads(line) for line in read_topic(BOOTSTRAP, sink)]
        self.assertEqual(sum(row["clicks"] for row in rows), 1000)
        self.assertEqual(len(rows), 30)

    def test_a_script_submitted_again_with_its_request_id_is_the_same_job(self):
        names = dict(source=create_topic("clicks", 2), sink=create_topic("counts", 1), bootstrap=BOOTSTRAP)
        cluster = self.cluster(workers=1, slots=2)
        submit = ("job", "submit", str(self.script(COUNTS.format(**names))), "--request-id", "once")
        first, second = cluster.cli(*submit).stdout, cluster.cli(*submit).stdout
        self.assertEqual(first, second)
        self.assertEqual(len(json.loads(cluster.cli("job", "list", "-o", "json").stdout)["jobs"]), 1)

    def test_a_job_survives_a_restart_of_the_coordinator(self):
        source, sink = create_topic("clicks", 2), create_topic("counts", 1)
        cluster = self.cluster(workers=1, slots=2)
        unbounded = COUNTS.replace("'scan.bounded.mode' = 'latest-offset', ", "")
        job = cluster.submit(self.script(unbounded.format(source=source, sink=sink, bootstrap=BOOTSTRAP)))
        cluster.wait_for_state(job, "RUNNING")
        produce(source, [json.dumps({"id": i, "page": "a", "at": f"2024-01-01 00:00:{i:02d}.000"}) for i in range(30)])
        wait_until(lambda: read_topic(BOOTSTRAP, sink), 30, "the first windows")
        cluster.coordinator.kill()
        cluster.coordinator.start()
        wait_until(lambda: cluster.ready(cluster.http), 30, "the coordinator")
        cluster.wait_for_state(job, "RUNNING")
        produce(source, [json.dumps({"id": i, "page": "b", "at": f"2024-01-01 00:01:{i:02d}.000"}) for i in range(30)])

        def page_b():
            return any(json.loads(line)["page"] == "b" for line in read_topic(BOOTSTRAP, sink))

        wait_until(page_b, 30, "windows after the restart")

COUNTING = """
SET 'execution.checkpointing.interval' = '200 ms';
CREATE TABLE events (id BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'datagen', 'rows-per-second' = '1000');
CREATE TABLE counts (id BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO counts
SELECT id, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '10' SECOND)) GROUP BY id, window_start, window_end;
"""


class WrongInputTest(ClusterTestCase):
    """Each mistake gives a clear error where a user looks, and the cluster stays up."""

    def tearDown(self):
        self.assertTrue(self.running.coordinator.alive())
        self.assertTrue(all(worker.alive() for worker in self.running.workers))

    def failing_job(self, **names):
        self.running = self.cluster(workers=1, slots=1)
        job = self.running.submit(self.script(COUNTS.format(**names)))

        def failed():
            shown = self.running.job(job)
            return shown if shown["message"] else None

        return wait_until(failed, 60, "an error")["message"]

    def test_wrong_sql_is_answered_with_place_caret_and_hint(self):
        self.running = self.cluster(workers=1, slots=1)
        result = self.running.cli("job", "submit", str(self.script("SELECT nme FROM (VALUES (1)) AS t (name)\n")), check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("1:", result.stderr)
        self.assertIn("^", result.stderr)

    def test_an_unknown_table_is_named(self):
        self.running = self.cluster(workers=1, slots=1)
        result = self.running.cli("job", "submit", str(self.script("INSERT INTO nowhere SELECT * FROM nothing;\n")), check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("nothing", result.stderr + result.stdout)

    def test_a_missing_topic_is_named(self):
        message = self.failing_job(source="no-such-topic", sink="no-such-topic", bootstrap=BOOTSTRAP)
        self.assertIn("no-such-topic", message)

    def test_an_unreachable_broker_is_named(self):
        message = self.failing_job(source="a", sink="b", bootstrap="127.0.0.1:1")
        self.assertIn("127.0.0.1:1", message)


class ConfigurationTest(unittest.TestCase):
    def test_a_wrong_key_is_refused_with_a_suggestion(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
            config.write("worker:\n  slotz: 4\n")
            config.flush()
            result = subprocess.run([BINARY, "worker", "--config", config.name], capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 2)
        self.assertIn("slotz", result.stderr)
        self.assertIn("slots", result.stderr)


class FullDiskTest(unittest.TestCase):
    def test_a_full_checkpoint_disk_costs_checkpoints_but_not_the_job(self):
        # The small disk is mounted in a mount namespace of its own, so that nothing is left of it.
        result = subprocess.run(["unshare", "--mount", "--map-root-user", sys.executable, __file__, "FullDisk"],
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class FullDisk(ClusterTestCase):
    """Run by FullDiskTest in its mount namespace."""

    def test_the_error_is_shown_and_checkpoints_go_on_once_there_is_room(self):
        checkpoints = self.folder / "checkpoints"
        checkpoints.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(checkpoints)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(checkpoints)])
        cluster = self.cluster(workers=1, slots=2)
        job = cluster.submit(self.script(COUNTING))
        cluster.wait_for_state(job, "RUNNING")
        wait_until(lambda: (cluster.job(job)["last_checkpoint"] or {}).get("epoch"), 30, "a first checkpoint")
        ballast = checkpoints / "ballast"
        with open(ballast, "wb", buffering=0) as file, self.assertRaises(OSError):
            while True:
                file.write(b"x" * 4096)
        error = wait_until(lambda: cluster.job(job)["last_checkpoint"]["last_error"], 30, "the error")
        self.assertIn(str(checkpoints), error)
        self.assertIn("No space left", error)
        self.assertIn("No space left", cluster.cli("job", "show", job).stdout)
        self.assertEqual(cluster.job(job)["state"], "JOB_STATE_RUNNING")
        ballast.unlink()
        completed = int(cluster.job(job)["last_checkpoint"]["completed"])
        wait_until(lambda: int(cluster.job(job)["last_checkpoint"]["completed"]) > completed + 1, 30, "checkpoints to go on")
        self.assertEqual(cluster.job(job)["restarts"], 0)
        self.assertTrue(cluster.coordinator.alive() and cluster.workers[0].alive())


class MetricsTest(ClusterTestCase):
    def test_metrics_of_both_roles_pass_promtool(self):
        cluster = self.cluster(workers=1, slots=1)
        for address in (cluster.http, cluster.workers[0].http):
            wait_until(lambda: cluster.ready(address), 30, address)
            result = subprocess.run(["promtool", "check", "metrics"], input=cluster.get(address, "/metrics"), text=True,
                                    capture_output=True)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


def load_tests(loader, tests, pattern):
    """All but FullDisk, which runs by its name in a namespace of its own."""
    suite = unittest.TestSuite()
    for case in (FraudTest, KafkaTest, WrongInputTest, ConfigurationTest, FullDiskTest, MetricsTest):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main(verbosity=2)
