#!/usr/bin/env python3
"""Savepoints as a user has them: taken, stopped with, restored at another parallelism, and what is said when one is no good.

Real processes, and a broker of its own. Run by ctest (label kafka); MILLRACE_BINARY names the binary under test.
"""

import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Cluster, free_port, read_topic, wait_until  # noqa: E402

BINARY = os.environ["MILLRACE_BINARY"]
KEYS = 50
WINDOW_SECONDS = 10

# Rows that pass through, each with its number, and counts of windows that are longer than the time between savepoints.
SCRIPT = """
SET 'parallelism.default' = '{parallelism}';
SET 'execution.checkpointing.interval' = '{interval}';
CREATE TABLE events (id BIGINT, k STRING, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'kafka', 'topic' = 'events', 'properties.bootstrap.servers' = '{bootstrap}',
      'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE rows_out (id BIGINT)
WITH ('connector' = 'kafka', 'topic' = '{rows}', 'properties.bootstrap.servers' = '{bootstrap}', 'format' = 'json');
CREATE TABLE counts (k STRING, since TIMESTAMP(3), n BIGINT)
WITH ('connector' = 'kafka', 'topic' = '{counts}', 'properties.bootstrap.servers' = '{bootstrap}', 'format' = 'json');
EXECUTE STATEMENT SET BEGIN
INSERT INTO rows_out SELECT id FROM events;
INSERT INTO counts
SELECT k, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '10' SECOND))
GROUP BY k, window_start, window_end;
END;
"""

# Another key: its windows are not those of the script above.
BY_ID = SCRIPT.replace("SELECT k, window_start", "SELECT CAST(id AS STRING), window_start").replace("GROUP BY k,", "GROUP BY id,")


def lines_of(text):
    return [line for line in text.splitlines() if line.strip()]


class SavepointTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        cls.addClassCleanup(shutil.rmtree, cls.scratch, ignore_errors=True)
        port = free_port(following=1)
        cls.bootstrap = f"127.0.0.1:{port}"
        cls.broker = [str(ROOT / "deploy/kafka/kafka"), "--dir", str(cls.scratch / "kafka"), "--port", str(port)]
        cls.addClassCleanup(cls.kafka, "stop")
        cls.kafka("start")

    @classmethod
    def kafka(cls, *arguments):
        subprocess.run([*cls.broker, *arguments], check=True, stdout=subprocess.DEVNULL)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        self.cluster = Cluster(BINARY, self.folder, workers=2, slots=4)
        self.addCleanup(self.cluster.stop)
        self.make_topics(self.folder.name.lower().replace("_", "-"))

    def make_topics(self, suffix):
        self.suffix = suffix
        self.produced = 0
        self.events = f"events-{suffix}"
        self.kafka("create", self.events, "3")
        for topic in ("rows", "counts", "rows2", "counts2"):
            self.kafka("create", self.topic(topic), "1")

    # --- Verbs

    def topic(self, name):
        return f"{name}-{self.suffix}"

    def script(self, parallelism, rows="rows", counts="counts", text=SCRIPT, interval="1 s"):
        path = self.folder / f"job-{parallelism}-{rows}-{counts}.sql"
        path.write_text(text.replace("'topic' = 'events'", f"'topic' = '{self.events}'").format(
            parallelism=parallelism, rows=self.topic(rows), counts=self.topic(counts), bootstrap=self.bootstrap, interval=interval))
        return str(path)

    def produce(self, rows):
        """Event time is a second a hundred rows."""
        lines = []
        for number in range(self.produced, self.produced + rows):
            second, milli = divmod(number * 10, 1000)
            lines.append(json.dumps({"id": number, "k": f"k{number % KEYS}",
                                     "at": f"2024-01-01 00:{second // 60:02d}:{second % 60:02d}.{milli:03d}"}))
        self.produced += rows
        # Spread over the partitions: one that gets nothing would hold the watermark back.
        subprocess.run(["kcat", "-P", "-b", self.bootstrap, "-X", "sticky.partitioning.linger.ms=0", "-t", self.events],
                       input="\n".join(lines), text=True, check=True)

    def rows(self, topic):
        return [json.loads(line) for line in read_topic(self.bootstrap, self.topic(topic))]

    def wait_for_rows(self, topic, count):
        wait_until(lambda: len(self.rows(topic)) >= count, 60, f"{count} rows in {topic}")

    def job(self, *arguments, check=True):
        return self.cluster.cli("job", *arguments, check=check, timeout=60)

    def refused(self, *arguments):
        """What the command says, in one line, as it fails."""
        result = self.job(*arguments, check=False)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        said = lines_of(result.stderr)
        self.assertEqual(len(said), 1, said)
        return said[0]

    def jobs(self):
        return json.loads(self.job("list", "-o", "json").stdout)["jobs"]

    def verify(self, path):
        return subprocess.run([BINARY, "checkpoint", "verify", path], capture_output=True, text=True, timeout=60)

    # --- The oracle

    def expected_counts(self, first, last):
        """Of the windows that end by the event time of row `last`, counting from row `first`."""
        per_window = WINDOW_SECONDS * 100
        counts = collections.Counter()
        for number in range(first, (last // per_window) * per_window):
            counts[f"k{number % KEYS}", number // per_window] += 1
        return counts

    def assert_exactly_once(self, rows, counts):
        ids = collections.Counter(row["id"] for row in self.rows(rows))
        self.assertEqual([i for i in range(self.produced) if ids[i] != 1], [])
        found = collections.Counter()
        seen = collections.Counter()
        for row in self.rows(counts):
            hours, minutes, seconds = row["since"].split(" ")[-1].split("T")[-1].rstrip("Z").split(":")
            window = (int(minutes) * 60 + int(float(seconds))) // WINDOW_SECONDS
            found[row["k"], window] += row["n"]
            seen[row["k"], window] += 1
        self.assertEqual([key for key, times in seen.items() if times != 1], [])
        return found

    def wait_for_windows(self, counts):
        """All but the last, which stays open."""
        expected = self.expected_counts(0, self.produced - 1)
        wait_until(lambda: len(self.rows(counts)) >= len(expected), 60, f"{len(expected)} windows in {counts}")
        return expected

    # --- Tests

    def test_a_job_goes_on_from_its_savepoint_at_other_parallelisms_exactly_once(self):
        self.cluster.start()
        job = self.job("submit", self.script(2)).stdout.strip()
        self.produce(2550)  # Five seconds into the third window.
        self.wait_for_rows("rows", 2550)
        for parallelism, more in ((4, 1700), (1, 1000)):
            path = lines_of(self.job("stop", job).stdout)[-1]
            stopped = self.cluster.job(job)
            self.assertEqual((stopped["state"], stopped["savepoint"]["path"]), ("JOB_STATE_STOPPED", path))
            self.assertEqual(self.verify(path).returncode, 0, self.verify(path).stdout)
            self.assertIn("a savepoint", subprocess.run([BINARY, "checkpoint", "show", path], capture_output=True, text=True).stdout)
            wait_until(lambda: not (self.folder / "checkpoints" / job).exists(), 30, "the checkpoints of a saved job to go")
            self.produce(more)
            before, job = job, self.job("restore", "--from", path, self.script(parallelism)).stdout.strip()
            self.assertNotEqual(before, job)
            shutil.rmtree(path)  # It is the user's, and the new job needs it no more.
            restored = self.cluster.wait_for_state(job, "RUNNING")
            self.assertEqual(restored["restored_from"], path)
            self.assertEqual(max(len(stage["tasks"]) for stage in restored["stages"]), parallelism)
            self.wait_for_rows("rows", self.produced)
        expected = self.wait_for_windows("counts")
        self.job("stop", job, "--no-savepoint")
        found = self.assert_exactly_once("rows", "counts")
        self.assertEqual({key: found[key] for key in expected}, dict(expected))
        self.assertEqual(set(found), set(expected))

    def test_a_running_job_is_saved_and_a_second_job_begins_from_there(self):
        self.cluster.start()
        job = self.job("submit", self.script(2)).stdout.strip()
        self.produce(2550)
        self.wait_for_rows("rows", 2550)
        path = self.job("savepoint", job, "--to", "monday").stdout.strip()
        self.assertEqual(pathlib.Path(path).parent, self.folder / "checkpoints/savepoints/monday")
        self.assertEqual(self.verify(path).returncode, 0)
        self.produce(1700)
        self.wait_for_rows("rows", self.produced)
        # Without a script: the same plan, as it was; with one: into other topics.
        second = self.job("restore", "--from", path, self.script(1, "rows2", "counts2")).stdout.strip()
        self.wait_for_rows("rows2", 1700)
        expected = self.wait_for_windows("counts")
        late = {key for key in expected if key[1] >= 2}
        wait_until(lambda: len(self.rows("counts2")) >= len(late), 60, "windows of the second job")
        for each in (job, second):
            self.job("stop", each)
        found = self.assert_exactly_once("rows", "counts")
        self.assertEqual({key: found[key] for key in expected}, dict(expected))
        ids = collections.Counter(row["id"] for row in self.rows("rows2"))
        self.assertEqual(ids, collections.Counter(range(2550, self.produced)))
        # The window that was open holds what the first job had counted of it.
        counts = collections.Counter()
        for row in self.rows("counts2"):
            counts[row["k"], row["since"]] += row["n"]
        self.assertEqual(sorted(counts.values()), sorted(expected[key] for key in late))

    def test_a_savepoint_that_is_no_good_is_refused_in_one_line(self):
        self.cluster.start()
        job = self.job("submit", self.script(2)).stdout.strip()
        self.produce(2550)
        self.wait_for_rows("rows", 2550)
        checkpoints = self.folder / "checkpoints" / job
        self.assertIn("job savepoint", self.refused("restore", "--from", str(checkpoints), self.script(2)))
        path = pathlib.Path(lines_of(self.job("stop", job).stdout)[-1])
        count = len(self.jobs())

        self.assertIn(f"no savepoint {path}-none", self.refused("restore", "--from", f"{path}-none", self.script(2)))
        outside = self.job("restore", "--from", str(self.scratch), self.script(2), check=False)
        self.assertEqual(outside.returncode, 2)
        self.assertIn("checkpoint.savepoint_dir", outside.stderr)
        manifest = next((path / "manifests").iterdir())
        whole = manifest.read_bytes()
        manifest.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        self.assertIn(str(manifest), self.refused("restore", "--from", str(path), self.script(2)))
        manifest.unlink()
        self.assertIn("no complete savepoint", self.refused("restore", "--from", str(path), self.script(2)))
        manifest.write_bytes(whole)
        delta = next((path / "state").glob("*.delta"))
        kept = delta.read_bytes()
        delta.unlink()
        self.assertIn(f"{delta}: the file is missing", self.refused("restore", "--from", str(path), self.script(2)))
        delta.write_bytes(kept[:-1])
        self.assertIn(f"{delta}: it has", self.refused("restore", "--from", str(path), self.script(2)))
        delta.write_bytes(kept)
        said = self.refused("restore", "--from", str(path), self.script(2, text=BY_ID, counts="counts2"))
        self.assertIn("TUMBLE", said)
        self.assertIn("--allow-non-restored-state", said)
        self.assertEqual(len(self.jobs()), count)

        # Left behind on purpose.
        result = self.job("restore", "--from", str(path), "-n", self.script(2, text=BY_ID, counts="counts2"))
        self.assertIn("begins empty", result.stderr)
        self.cluster.wait_for_state(result.stdout.strip(), "RUNNING")
        self.job("cancel", result.stdout.strip())

        # What is in the files shows when they are read, before a row comes of it.
        delta.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        damaged = self.job("restore", "--from", str(path), self.script(2)).stdout.strip()
        failed = wait_until(lambda: self.failed(damaged), 60, "the job to fail")
        self.assertIn(delta.name, failed["message"])
        self.assertEqual(len(self.rows("rows")), 2550)

    def failed(self, job):
        shown = self.cluster.job(job)
        return shown if shown["state"] == "JOB_STATE_FAILED" else None

    def test_without_running_tasks_there_is_no_savepoint(self):
        self.cluster.coordinator.start()
        wait_until(lambda: self.cluster.ready(self.cluster.http), 30, "the coordinator")
        job = self.job("submit", self.script(2)).stdout.strip()
        self.assertIn("SCHEDULING", self.refused("savepoint", job))
        self.assertIn("--no-savepoint", self.refused("stop", job))
        self.job("stop", job, "--no-savepoint")
        self.assertEqual(self.cluster.job(job)["state"], "JOB_STATE_STOPPED")

    def test_a_coordinator_killed_while_a_savepoint_is_made_leaves_none_that_is_half(self):
        """With an hour between checkpoints, so that the number of the manifest is known that is the savepoint's."""
        for failpoint in ("file.before_link=crash@1", "file.after_link=crash@1", "checkpoint.before_manifest=crash@3",
                          "checkpoint.after_manifest=crash@3"):
            with self.subTest(failpoint=failpoint):
                self.kill_while_saving(failpoint)

    def test_whoever_is_killed_while_a_job_is_stopped_it_is_stopped_with_a_savepoint_and_nothing_is_lost(self):
        """The second checkpoint is the one that stops it: an hour lies between those that come by themselves."""
        for victim, failpoint in (("coordinator", "checkpoint.before_commit=crash@1"), ("coordinator", "checkpoint.after_commit=crash@1"),
                                  ("coordinator", "file.after_link=crash@1"), ("worker", "publish.before_begin=crash@1"),
                                  ("worker", "publish.after_commit=crash@1")):
            with self.subTest(failpoint=failpoint):
                self.kill_while_stopping(victim, failpoint)

    def kill_while_stopping(self, victim, failpoint):
        self.start_anew(victim, failpoint)
        self.make_topics(f"{self.suffix}-{failpoint.split('=')[0].replace('_', '-')}")
        process = self.cluster.coordinator if victim == "coordinator" else self.cluster.workers[0]
        job = self.job("submit", self.script(2, interval="1 h")).stdout.strip()
        self.cluster.wait_for_state(job, "RUNNING")
        self.produce(1000)
        wait_until(lambda: any(int(stage["records_in"]) >= 1000 for stage in self.cluster.job(job)["stages"]), 60, "rows read")
        said = self.job("stop", job, check=False)
        wait_until(lambda: not process.alive(), 30, f"the {victim} to be killed")
        self.restart_without_failpoint(process)
        # It was asked to stop: it does, whoever was killed meanwhile. Only before the wish was on disk may it have been forgotten.
        if said.returncode != 0 and victim == "coordinator":
            self.job("stop", job, check=False)
        stopped = self.cluster.wait_for_state(job, "STOPPED", timeout=90)
        path = stopped["savepoint"]["path"]
        self.assertEqual(self.verify(path).returncode, 0, self.verify(path).stdout)
        job = self.job("restore", "--from", path, self.script(1)).stdout.strip()
        self.produce(1000)
        self.wait_for_rows("rows", self.produced)
        self.job("stop", job)
        self.assert_exactly_once("rows", "counts")

    def test_savepoints_may_be_on_another_file_system(self):
        """Links do not reach there: the files are copied."""
        elsewhere = pathlib.Path("/dev/shm")
        if not os.access(elsewhere, os.W_OK) or elsewhere.stat().st_dev == self.folder.stat().st_dev:
            self.skipTest("there is no other file system to write to")
        folder = tempfile.mkdtemp(prefix="millrace-", dir=elsewhere)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.cluster.coordinator.arguments += ["--set", f"checkpoint.savepoint_dir={folder}"]
        self.cluster.start()
        job = self.job("submit", self.script(2)).stdout.strip()
        self.produce(2550)
        self.wait_for_rows("rows", 2550)
        path = lines_of(self.job("stop", job).stdout)[-1]
        self.assertEqual(pathlib.Path(path).parent, pathlib.Path(folder))
        self.assertEqual(self.verify(path).returncode, 0)
        job = self.job("restore", "--from", path, self.script(1)).stdout.strip()
        self.produce(1700)
        self.wait_for_rows("rows", self.produced)
        expected = self.wait_for_windows("counts")
        self.job("stop", job, "--no-savepoint")
        found = self.assert_exactly_once("rows", "counts")
        self.assertEqual({key: found[key] for key in expected}, dict(expected))

    def start_anew(self, victim, failpoint):
        """With empty folders; the victim has the failpoint."""
        self.cluster.stop()
        shutil.rmtree(self.folder / "checkpoints", ignore_errors=True)
        shutil.rmtree(self.folder / "coordinator", ignore_errors=True)
        process = self.cluster.coordinator if victim == "coordinator" else self.cluster.workers[0]
        process.environment["MILLRACE_FAILPOINTS"] = failpoint
        self.cluster.start()

    def restart_without_failpoint(self, process):
        process.environment.pop("MILLRACE_FAILPOINTS")
        process.start()
        wait_until(lambda: self.cluster.ready(self.cluster.http), 30, "the coordinator")

    def kill_while_saving(self, failpoint):
        self.start_anew("coordinator", failpoint)
        job = self.job("submit", self.script(2, interval="1 h")).stdout.strip()
        self.cluster.wait_for_state(job, "RUNNING")
        self.produce(1000)
        wait_until(lambda: any(int(stage["records_in"]) >= 1000 for stage in self.cluster.job(job)["stages"]), 60, "rows read")
        said = self.job("savepoint", job, check=False)
        self.assertEqual(said.returncode, 1, said.stdout)
        self.assertIn("cannot reach the coordinator", said.stderr)
        self.assertFalse(self.cluster.coordinator.alive())
        self.restart_without_failpoint(self.cluster.coordinator)
        savepoints = self.folder / "checkpoints/savepoints"
        for left in savepoints.iterdir() if savepoints.exists() else ():
            self.assertEqual(self.verify(str(left)).returncode, 0, left)
        self.cluster.wait_for_state(job, "RUNNING")
        path = lines_of(self.job("stop", job).stdout)[-1]
        self.assertEqual(self.verify(path).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
