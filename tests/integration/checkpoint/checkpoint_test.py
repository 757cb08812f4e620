#!/usr/bin/env python3
"""Checkpoints as files: what `millrace checkpoint` says of them, and what a cluster does that finds them damaged.

Real processes, and a broker of its own, which is away when the cluster is killed: then rows wait to be published. Run by ctest (label
kafka); MILLRACE_BINARY names the binary under test, MILLRACE_EVERY_BYTE the C++ test beside this one that flips every byte.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Cluster, free_port, read_topic, wait_until  # noqa: E402

BINARY = os.environ["MILLRACE_BINARY"]
EVERY_BYTE = os.environ["MILLRACE_EVERY_BYTE"]

TOPIC = "counts"

# A few keys: the checkpoint is small, and every epoch has rows to publish.
PUBLISHING = """
SET 'execution.checkpointing.interval' = '500 ms';
CREATE TABLE events (id BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.id.min' = '0', 'fields.id.max' = '9');
CREATE TABLE counts (id BIGINT, until TIMESTAMP(3), n BIGINT)
WITH ('connector' = 'kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = '{bootstrap}', 'format' = 'json');
INSERT INTO counts
SELECT id, window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '0.2' SECOND))
GROUP BY id, window_start, window_end;
"""

# So many keys that the state is materialised in tables. Its output knows nothing of checkpoints.
LARGE = """
SET 'execution.checkpointing.interval' = '100 ms';
CREATE TABLE events (id BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'datagen', 'rows-per-second' = '60000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1',
      'fields.id.end' = '1000000000');
CREATE TABLE counts (id BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO counts
SELECT id, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '1' HOUR)) GROUP BY id, window_start, window_end;
"""


def flip(place):
    def damage(path):
        data = bytearray(path.read_bytes())
        data[min(int(len(data) * place), len(data) - 1)] ^= 4
        path.write_bytes(data)
    damage.what = f"flipped at {place:.0%}"
    return damage


def truncate(path):
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size - 1)


def remove(path):
    path.unlink()


truncate.what, remove.what = "cut short", "removed"


class KilledCluster:
    """A cluster with one job, killed once `run` is over, and a copy of what it left on its disks."""

    def __init__(self, test, script, run):
        self.test = test
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "job.sql").write_text(script)
        self.cluster = Cluster(BINARY, self.folder, workers=1, slots=1)
        test.addCleanup(self.cluster.stop)
        self.cluster.start()
        self.job = self.cluster.submit(self.folder / "job.sql")
        run(self)
        self.kill()
        for name in ("coordinator", "checkpoints"):
            shutil.copytree(self.folder / name, self.folder / "kept" / name)

    @property
    def job_folder(self):
        return self.folder / "checkpoints" / self.job

    def kill(self):
        for process in [self.cluster.coordinator, *self.cluster.workers]:
            if process.alive():
                process.kill()

    def put_back(self):
        for name in ("coordinator", "checkpoints"):
            shutil.rmtree(self.folder / name)
            shutil.copytree(self.folder / "kept" / name, self.folder / name)

    def checkpoint(self, action, *more):
        return subprocess.run(
            [BINARY, "checkpoint", action, self.job, "--dir", str(self.folder / "checkpoints"),
             "--set", f"coordinator.data_dir={self.folder / 'coordinator'}", *more], capture_output=True, text=True, timeout=60)

    def listing(self):
        return json.loads(self.checkpoint("list", "-o", "json").stdout)["checkpoints"]

    def newest(self):
        return json.loads(self.checkpoint("show", "-o", "json").stdout)

    def files(self, suffix):
        """Of the newest checkpoint, as paths within the job's folder."""
        text = json.dumps(self.newest())
        return sorted(set(re.findall(r'"((?:state|segments|manifests)/[^"]*%s)"' % re.escape(suffix), text)))

    def restart_damaged(self, path, damage, state="FAILED"):
        """What the job shows once it is in `state`, after a start on the damaged folder; verify must have found the damage."""
        self.put_back()
        damage(self.job_folder / path)
        verified = self.checkpoint("verify")
        self.test.assertEqual(verified.returncode, 1, verified.stdout)
        self.test.assertRegex(verified.stdout, rf"(?m)^(damaged|missing)  {re.escape(path)}: ")
        self.test.assertNotIn("damaged=0 missing=0", verified.stdout)
        try:
            self.cluster.start()
            shown = wait_until(lambda: self.in_state(state), 60, f"{path}, {damage.what}: the job to be {state}")
            self.test.assertTrue(self.cluster.coordinator.alive() and self.cluster.workers[0].alive())
            return shown
        finally:
            self.kill()

    def in_state(self, state):
        shown = self.cluster.job(self.job)
        return shown if shown["state"] == f"JOB_STATE_{state}" else None


    def epoch(self):
        return int((self.cluster.job(self.job)["last_checkpoint"] or {}).get("epoch", 0))


class PublishingTest(unittest.TestCase):
    """A job that publishes exactly once."""

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="millrace-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        port = free_port(following=1)
        self.bootstrap = f"127.0.0.1:{port}"
        self.broker = [str(ROOT / "deploy/kafka/kafka"), "--dir", folder, "--port", str(port)]
        self.addCleanup(self.kafka, "stop")
        self.kafka("start")
        self.kafka("create", TOPIC, "1")
        self.killed = KilledCluster(self, PUBLISHING.format(topic=TOPIC, bootstrap=self.bootstrap), self.run_into_an_outage)
        self.kafka("start")

    def kafka(self, *arguments):
        subprocess.run([*self.broker, *arguments], check=True, stdout=subprocess.DEVNULL)

    def run_into_an_outage(self, killed):
        wait_until(lambda: killed.epoch() >= 4 and read_topic(self.bootstrap, TOPIC), 60, "rows and checkpoints")
        self.kafka("stop")
        wait_until(lambda: killed.listing()[0]["segments"] >= 2, 60, "rows that wait to be published")

    def test_what_it_left_can_be_looked_at_and_every_damage_is_found_before_a_row_of_it_is_out(self):
        self.look_at_it()
        self.verify_every_byte()
        self.start_it_damaged()
        self.go_on()

    def look_at_it(self):
        listing = self.killed.listing()
        epochs = [each["epoch"] for each in listing]
        self.assertEqual(epochs, sorted(epochs, reverse=True))
        retained = [each for each in listing if each["retained"]]
        self.assertGreaterEqual(len(retained), 2)
        newest = self.killed.newest()
        self.assertEqual(newest["job"], self.killed.job)
        operators = [operator for task in newest["task_snapshots"] for operator in task["operators"]]
        self.assertTrue(any(operator["keyed"] for operator in operators))
        self.assertTrue(any(operator["segments"] for operator in operators))
        self.assertTrue(any(value["bytes"] > 0 for operator in operators for value in operator["values"]))
        for action in ("list", "show"):
            self.assertIn(str(newest["epoch"]), self.killed.checkpoint(action).stdout)
        verified = self.killed.checkpoint("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout)
        self.assertRegex(verified.stdout, rf"^verify: manifests={len(listing)} files=\d+ bytes=\d+ damaged=0 missing=0\n$")
        # Without a job's id, nothing but the path.
        by_path = subprocess.run([BINARY, "checkpoint", "verify", str(self.killed.job_folder)], capture_output=True, text=True)
        self.assertEqual((by_path.returncode, by_path.stdout), (0, verified.stdout))

    def verify_every_byte(self):
        result = subprocess.run(
            [EVERY_BYTE, "--gtest_filter=*OfACluster"], capture_output=True, text=True, timeout=300,
            env=dict(os.environ, MILLRACE_TEST_COORDINATOR_DIR=str(self.killed.folder / "coordinator"),
                     MILLRACE_TEST_CHECKPOINT_DIR=str(self.killed.folder / "checkpoints"), MILLRACE_TEST_JOB=self.killed.job))
        self.assertEqual(result.returncode, 0, result.stdout[-4000:])
        print(re.search(r"damage: .*", result.stdout).group())
        self.assertIn("[       OK ]", result.stdout)

    def start_it_damaged(self):
        newest = self.killed.newest()
        manifest, section, segment = newest["manifest"], self.killed.files(".delta")[-1], self.killed.files(".segment")[-1]
        # Segments first: a job that fails for something else may publish them, and then nobody reads them again.
        for path in (segment, manifest, section):
            for damage in (flip(0), flip(0.5), flip(1), truncate, remove):
                with self.subTest(file=path, damage=damage.what):
                    shown = self.killed.restart_damaged(path, damage)
                    self.assertIn(path, shown["message"])
                    self.assertRegex(shown["message"], "Put the file back|repair the files")
                    self.assertEqual(int(shown["last_checkpoint"]["epoch"]), newest["epoch"])

    def go_on(self):
        """Had any of those attempts published more than the checkpoint knew, this one would stop, or publish it again."""
        self.killed.put_back()
        epoch = self.killed.newest()["epoch"]
        # What processes leave that are killed at a worse moment.
        unfinished = self.killed.job_folder / "state/1-1-1-worker-1.delta.4711-1.tmp"
        unfinished.write_text("half")
        attempt = self.killed.folder / "worker-1/attempts/job-1"
        (attempt / "1-0").mkdir(parents=True)
        self.killed.cluster.start()
        self.assertFalse(attempt.exists())
        wait_until(lambda: self.killed.epoch() > epoch + 3 and not unfinished.exists(), 60, "checkpoints after all that")
        rows = Counter((row["id"], row["until"]) for row in map(json.loads, read_topic(self.bootstrap, TOPIC)))
        self.assertGreater(len(rows), 10)
        self.assertEqual([row for row, times in rows.items() if times > 1], [])
        self.killed.cluster.cli("job", "cancel", self.killed.job)
        wait_until(lambda: not self.killed.job_folder.exists(), 30, "the checkpoints of the cancelled job to go")
        self.killed.cluster.stop()


class LargeTest(unittest.TestCase):
    """State in tables, and a job that may go back to an older checkpoint."""

    def test_damaged_tables_stop_the_job_and_a_damaged_manifest_sends_it_back(self):
        def materialise(killed):
            wait_until(lambda: killed.epoch() >= 10 and killed.files(".sst"), 60, "tables in a checkpoint")

        killed = KilledCluster(self, LARGE, materialise)
        newest = killed.newest()
        table, tables = killed.files(".sst")[-1], killed.files(".tables")[-1]
        verified = killed.checkpoint("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout)
        for path, damages in ((table, (flip(0.1), flip(0.99), truncate, remove)), (tables, (flip(0), flip(0.9), remove))):
            for damage in damages:
                with self.subTest(file=path, damage=damage.what):
                    shown = killed.restart_damaged(path, damage)
                    self.assertIn(path, shown["message"])
                    self.assertIn("Put the file back", shown["message"])
        killed.restart_damaged(newest["manifest"], flip(0.5), state="RUNNING")
        log = killed.cluster.coordinator.log.read_text()
        self.assertIn("damaged checkpoints were passed over", log)
        self.assertIn(newest["manifest"], log)


if __name__ == "__main__":
    unittest.main(verbosity=2)
