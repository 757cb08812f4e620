#!/usr/bin/env python3
"""Running counts in an upsert-kafka topic, against a real broker: the last record of every key is the table, whatever was killed.

Run by ctest (label kafka); MILLRACE_TEST_KAFKA names the broker, MILLRACE_BINARY the binary under test.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Cluster, wait_until  # noqa: E402

BOOTSTRAP = os.environ["MILLRACE_TEST_KAFKA"]
BINARY = os.environ["MILLRACE_BINARY"]
SUFFIX = f"{os.getpid()}-{int(time.time())}"

SOURCE = """
SET 'execution.checkpointing.interval' = '200 ms';
SET 'parallelism.default' = '2';
CREATE TABLE clicks (id BIGINT, page STRING)
WITH ('connector' = 'kafka', 'topic' = '{source}', 'properties.bootstrap.servers' = '{bootstrap}',
      'scan.startup.mode' = 'earliest-offset', {bounded}'format' = 'json');
"""
COUNTS = SOURCE + """
CREATE TABLE counts (page STRING, n BIGINT, total BIGINT, PRIMARY KEY (page) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'topic' = '{sink}', 'properties.bootstrap.servers' = '{bootstrap}',
      'key.format' = 'json', 'value.format' = 'json'{options});
INSERT INTO counts SELECT page, COUNT(*), SUM(id) FROM clicks GROUP BY page{having};
"""
BOUNDED = "'scan.bounded.mode' = 'latest-offset', "


def create_topic(name, partitions):
    topic = f"{name}-{SUFFIX}"
    subprocess.run([str(ROOT / "deploy/dev"), "kafka", "create", topic, str(partitions)], check=True,
                   stdout=subprocess.DEVNULL, env=dict(os.environ, MILLRACE_KAFKA=BOOTSTRAP))
    return topic


def produce(topic, rows):
    subprocess.run(["kcat", "-P", "-b", BOOTSTRAP, "-X", "sticky.partitioning.linger.ms=0", "-t", topic],
                   input="\n".join(json.dumps(row) for row in rows), text=True, check=True)


def records(topic):
    """(partition, key, value or None) of every committed record, in the order of its partition; kcat is an independent reader."""
    result = subprocess.run(["kcat", "-C", "-b", BOOTSTRAP, "-t", topic, "-o", "beginning", "-e", "-q", "-X",
                             "isolation.level=read_committed", "-f", "%p\t%k\t%S\t%s\n"],
                            capture_output=True, text=True, check=True, timeout=120)
    fields = (line.split("\t") for line in result.stdout.splitlines())
    return [(int(partition), key, None if size == "-1" else value) for partition, key, size, value in fields]


def compacted(topic):
    """What compaction leaves: the last value of each key that is no tombstone."""
    table = {}
    for _, key, value in records(topic):
        table[key] = value
    return {key: value for key, value in table.items() if value is not None}


class UpsertTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        name = self._testMethodName[5:20]
        self.source, self.sink = create_topic(f"clicks-{name}", 2), create_topic(f"counts-{name}", 3)

    def submit(self, options="", having="", bounded=BOUNDED):
        cluster = Cluster(BINARY, self.folder, workers=2, slots=2)
        self.addCleanup(cluster.stop)
        cluster.start()
        script = self.folder / "job.sql"
        script.write_text(COUNTS.format(source=self.source, sink=self.sink, bootstrap=BOOTSTRAP, options=options,
                                        having=having, bounded=bounded))
        return cluster, cluster.submit(script)

    def test_the_last_record_of_a_key_is_its_row_and_its_partition_is_one(self):
        produce(self.source, [{"id": i, "page": f"p{i % 7}"} for i in range(2000)])
        cluster, job = self.submit()
        cluster.wait_for_state(job, "FINISHED")
        expected = {f'{{"page":"p{k}"}}': {"page": f"p{k}", "n": len(range(k, 2000, 7)), "total": sum(range(k, 2000, 7))}
                    for k in range(7)}
        self.assertEqual({key: json.loads(value) for key, value in compacted(self.sink).items()}, expected)
        partitions = {(key, partition) for partition, key, _ in records(self.sink)}
        self.assertEqual(len(partitions), 7)
        # The Java client's partitioner, so that another topic with these keys can be joined by partition.
        self.assertEqual({key: partition for key, partition in partitions},
                         {key: murmur2(key.encode()) % 3 for key in expected})

    def test_a_condition_that_stops_to_hold_leaves_a_tombstone(self):
        produce(self.source, [{"id": i, "page": "rare" if i % 100 == 0 else "often"} for i in range(1000)])
        cluster, job = self.submit(having=" HAVING COUNT(*) < 20",
                                   options=", 'value.fields-include' = 'EXCEPT_KEY'")
        cluster.wait_for_state(job, "FINISHED")
        self.assertEqual(compacted(self.sink), {'{"page":"rare"}': '{"n":10,"total":4500}'})

    def test_a_worker_killed_midway_neither_loses_nor_doubles_a_count(self):
        cluster, job = self.submit(bounded="")
        cluster.wait_for_state(job, "RUNNING")
        expected = Counter()
        for step in range(30):
            rows = [{"id": i, "page": f"p{(step * 31 + i) % 11}"} for i in range(200)]
            expected.update(f'{{"page":"{row["page"]}"}}' for row in rows)
            produce(self.source, rows)
            if step in (8, 20):
                victim = cluster.workers[step % 2]
                victim.kill()
                victim.start()

        def counts():
            return {key: json.loads(value)["n"] for key, value in compacted(self.sink).items()}

        try:
            wait_until(lambda: counts() == expected, 60, "the counts")
        except TimeoutError:
            pass
        self.assertEqual(counts(), dict(expected))
        # A count never goes back: every record of a key is above the one before.
        last = {}
        for _, key, value in records(self.sink):
            n = json.loads(value)["n"]
            self.assertGreater(n, last.get(key, 0), key)
            last[key] = n


def murmur2(data):
    """MurmurHash2 (Austin Appleby, public domain) with the Java client's seed, as a number that is not negative."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = 0x9747B28C ^ len(data)
    whole = len(data) - len(data) % 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        h = (h * m & mask) ^ ((k ^ k >> 24) * m & mask)
    tail = data[whole:]
    if tail:
        h = ((h ^ int.from_bytes(tail, "little")) * m) & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & 0x7FFFFFFF


if __name__ == "__main__":
    unittest.main(verbosity=2)
