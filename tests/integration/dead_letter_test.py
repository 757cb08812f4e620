#!/usr/bin/env python3
"""'on-error' = 'dead-letter' against a real broker: every bad record is in the topic once, every good one in the output, whatever is killed.

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

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy/demo"), str(ROOT / "tests/chaos")]
from cluster import Cluster, wait_until  # noqa: E402
from kafka_wire import Connection  # noqa: E402

BOOTSTRAP = os.environ["MILLRACE_TEST_KAFKA"]
BINARY = os.environ["MILLRACE_BINARY"]
SUFFIX = f"{os.getpid()}-{int(time.time())}"
PARTITIONS = 3

JOB = """
SET 'execution.checkpointing.interval' = '200 ms';
SET 'parallelism.default' = '{parallelism}';
CREATE TABLE clicks (id BIGINT, page STRING, amount INT)
WITH ('connector' = 'kafka', 'topic' = '{source}', 'properties.bootstrap.servers' = '{bootstrap}',
      'scan.startup.mode' = 'earliest-offset', {options}'format' = 'json');
CREATE TABLE good (id BIGINT, page STRING, amount INT)
WITH ('connector' = 'kafka', 'topic' = '{sink}', 'properties.bootstrap.servers' = '{bootstrap}', 'format' = 'json');
INSERT INTO good SELECT * FROM clicks;
"""
BOUNDED = "'scan.bounded.mode' = 'latest-offset', "
LETTERS = "'on-error' = 'dead-letter', 'dead-letter.topic' = '{letters}', "

Record = collections.namedtuple("Record", "partition offset value headers")


def bad_records(n):
    """One of each kind, none like that of another `n`."""
    number = str(n).encode()
    return [
        b'{"id": ' + number + b', "page": "cut',
        b"plain text " + number,
        b"[" + number + b", 2]",
        b'{"id": ' + number + b', "page": "a", "amount": "much"}',
        b'{"id": ' + number + b', "page": "a", "amount": 3000000000}',
        b'{"id": "no number ' + number + b'", "page": "a"}',
        b"\xff\xfe\x00\x80" + number,
        b'{"id": ' + number + b', "page": "\xc3\x28"}',
    ]


def good_record(n):
    return json.dumps({"id": n, "page": f"p{n % 7}", "amount": n % 100}).encode()


def create_topic(name, partitions, **configs):
    topic = f"{name}-{SUFFIX}"
    with Connection(BOOTSTRAP, "test") as connection:
        connection.create_topic(topic, partitions, **configs)
    return topic


def produce(topic, partition, values):
    subprocess.run(["kcat", "-P", "-b", BOOTSTRAP, "-t", topic, "-p", str(partition)], input=b"\n".join(values), check=True)


def committed(topic):
    """Every committed record; kcat is an independent reader."""
    result = subprocess.run(["kcat", "-C", "-b", BOOTSTRAP, "-t", topic, "-o", "beginning", "-e", "-q", "-X",
                             "isolation.level=read_committed", "-f", "%p\t%o\t%S\t%h\n%s\n"],
                            capture_output=True, check=True, timeout=120)
    records, rest = [], memoryview(result.stdout)
    while rest:
        head = bytes(rest[:4096]).split(b"\n", 1)[0]
        partition, offset, size, headers = head.split(b"\t", 3)
        value = bytes(rest[len(head) + 1:len(head) + 1 + int(size)])
        rest = rest[len(head) + int(size) + 2:]
        pairs = (pair.split("=", 1) for pair in re.split(r",(?=millrace\.)", headers.decode()) if pair)
        records.append(Record(int(partition), int(offset), value, dict(pairs)))
    return records


class DeadLetterTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        name = self._testMethodName[5:20]
        large = {"max_message_bytes": 20_000_000}
        self.source = create_topic(f"clicks-{name}", PARTITIONS, **large)
        self.letters = create_topic(f"letters-{name}", 2, **large)
        self.sink = create_topic(f"good-{name}", 2)
        self.bad, self.good, self.sent = [], [], 0

    def start(self, **options):
        self.cluster = Cluster(BINARY, self.folder, **options)
        self.addCleanup(self.cluster.stop)
        self.cluster.start()

    def script(self, options="", parallelism=2):
        path = self.folder / "job.sql"
        path.write_text(JOB.format(source=self.source, sink=self.sink, bootstrap=BOOTSTRAP, parallelism=parallelism,
                                   options=options.format(letters=self.letters)))
        return path

    def write(self, good=50):
        """Bad records of all kinds among good ones, into the next partition."""
        self.sent += 1
        bad = bad_records(self.sent)
        rows = [self.sent * 1000 + i for i in range(good)]
        values = [good_record(n) for n in rows]
        for i, value in enumerate(bad):
            values.insert(i * 6, value)
        produce(self.source, self.sent % PARTITIONS, values)
        self.bad += bad
        self.good += rows

    def write_large(self):
        """10 MB without an end."""
        value = b'{"id": 1, "page": "' + b"\xff" * 10_000_000
        path = self.folder / "large"
        path.write_bytes(value)
        subprocess.run(["kcat", "-P", "-b", BOOTSTRAP, "-X", "message.max.bytes=20000000", "-t", self.source, "-p", "1", str(path)],
                       check=True)
        self.bad.append(value)

    def check(self):
        rows = collections.Counter(json.loads(record.value)["id"] for record in committed(self.sink))
        self.assertEqual(rows, collections.Counter(self.good))
        letters = committed(self.letters)
        # Compared by hash: a difference of 10 MB is no message.
        self.assertEqual(collections.Counter(hash(letter.value) for letter in letters),
                         collections.Counter(hash(value) for value in self.bad))
        read = {(record.partition, record.offset): record.value for record in committed(self.source)}
        for letter in letters:
            headers = letter.headers
            place = int(headers["millrace.partition"]), int(headers["millrace.offset"])
            self.assertTrue(read[place] == letter.value, headers)
            self.assertEqual(headers["millrace.topic"], self.source)
            self.assertEqual(headers["millrace.table"], "clicks")
            self.assertEqual(headers["millrace.job"], self.job)
            self.assertTrue(headers["millrace.error"])
            self.assertEqual(letter.partition, place[0] % 2)
        self.assertTrue(any("field 'amount'" in letter.headers["millrace.error"] for letter in letters))

    def test_workers_killed_midway_neither_lose_nor_double_a_bad_record(self):
        self.start(workers=2, slots=2)
        self.job = self.cluster.submit(self.script(LETTERS))
        self.cluster.wait_for_state(self.job, "RUNNING")
        out = 0
        for step in range(40):
            self.write()
            if step == 5:
                self.write_large()
            if step % 8 == 7:
                # The attempt before has come so far that it publishes again.
                wait_until(lambda: len(committed(self.letters)) > out, 60, "new dead letters")
                out = len(committed(self.letters))
                victim = self.cluster.workers[step // 8 % 2]
                victim.kill()
                victim.start()
        wait_until(lambda: len(committed(self.sink)) >= len(self.good), 60, "the good records")
        # What was read last goes out with the stop.
        self.write()
        wait_until(lambda: len(committed(self.sink)) >= len(self.good), 60, "the last good records")
        self.cluster.cli("job", "stop", self.job)
        wait_until(lambda: "RUNNING" not in self.cluster.job(self.job)["state"], 60, "the job's end")
        self.assertGreaterEqual(self.cluster.job(self.job)["restarts"], 4)
        self.check()

    def test_a_bounded_job_ends_when_its_dead_letters_are_out(self):
        for _ in range(6):
            self.write()
        produce(self.source, 0, bad_records("last"))
        self.bad += bad_records("last")
        self.start(workers=1, slots=3)
        self.job = self.cluster.submit(self.script(BOUNDED + LETTERS, parallelism=3))
        self.cluster.wait_for_state(self.job, "FINISHED")
        self.check()

    def test_only_bad_records_move_a_checkpoint_too(self):
        self.start(workers=1, slots=1)
        self.job = self.cluster.submit(self.script(LETTERS, parallelism=1))
        self.cluster.wait_for_state(self.job, "RUNNING")
        for _ in range(2):
            self.write(good=0)
            wait_until(lambda: len(committed(self.letters)) == len(self.bad), 60, "the dead letters")
        self.check()
        metrics = self.cluster.metrics(self.cluster.workers[0].http)
        self.assertEqual(sum(value for name, value in metrics.items() if name.startswith("millrace_source_dead_letters_total")), 16)

    def message_of(self, options):
        self.start(workers=1, slots=2)
        job = self.cluster.submit(self.script(options))
        return wait_until(lambda: self.cluster.job(job)["message"], 60, "an error")

    def test_a_dead_letter_topic_that_does_not_exist_is_named(self):
        self.letters = "no-such-letters"
        message = self.message_of(LETTERS)
        self.assertIn("no-such-letters", message)
        self.assertIn("table clicks (dead letters)", message)

    def test_by_default_a_bad_record_fails_the_job_with_its_place_and_field(self):
        produce(self.source, 2, [good_record(1), b'{"id": 2, "page": "a", "amount": "much"}'])
        message = self.message_of("")
        for part in ("table clicks", f"offset 1 of partition 2 of topic '{self.source}'", "field 'amount'", "'dead-letter'"):
            self.assertIn(part, message)

    def test_options_that_contradict_each_other_are_refused_at_submission(self):
        self.start(workers=1, slots=2)
        for options, part in (("'on-error' = 'dead-letter', ", "'dead-letter.topic'"),
                              (LETTERS + "'json.ignore-parse-errors' = 'true', ", "contradict each other"),
                              ("'dead-letter.topic' = '{letters}', ", "has no use without")):
            result = self.cluster.cli("job", "submit", str(self.script(options)), check=False)
            self.assertEqual(result.returncode, 2, result)
            self.assertIn(part, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
