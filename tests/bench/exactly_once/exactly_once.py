#!/usr/bin/env python3
"""What exactly-once costs against at-least-once: a job that passes records from one Kafka topic to another.

CPU time: the job reads a topic that is full to its end, as fast as it can. Latency: records come at half of the slowest of these
paces, and a read_committed reader notes when they are visible; a record holds the time at which it was made. A line of JSON for each
run, then one line for each guarantee and checkpoint interval:

    exactly-once: guarantee=G interval=I records_per_s=N cpu_s_per_million=N broker_cpu_s_per_million=N rate=N latency_p50_ms=N latency_p99_ms=N
"""

import argparse
import datetime
import json
import math
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "deploy/demo"))
sys.path.insert(0, str(ROOT / "tests/chaos"))
from cluster import Cluster, Process  # noqa: E402
from kafka_wire import BATCH_HEADER, Connection, Reader  # noqa: E402

PARTITIONS = 4
INPUT = "orders"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def cpu_seconds_of(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Topics:
    def __init__(self, bootstrap):
        self._connection = Connection(bootstrap, client_id="bench", timeout=60)

    def records(self, topic):
        try:
            return sum(self._connection.end_offsets(topic, PARTITIONS))
        except Exception:  # noqa: BLE001 - it is not there yet.
            return 0

    def create(self, topic):
        self._connection.create_topic(topic, PARTITIONS)

    def delete(self, topic, bootstrap):
        subprocess.run([str(ROOT / "deploy/kafka/kafka"), "delete", topic, "--port", bootstrap.rsplit(":", 1)[1]],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


class Latencies:
    """When records become visible, against the time at which they were made. The first record of each batch stands for all of it, so
    what is found is a little too much rather than too little."""

    def __init__(self, bootstrap, topic):
        self._topic = topic
        self._connection = Connection(bootstrap, client_id="reader", timeout=60)
        ends = self._connection.end_offsets(topic, PARTITIONS)
        self._positions = {(topic, p): end for p, end in enumerate(ends)}
        self.found = []  # (milliseconds, records)

    def read_until(self, deadline):
        while time.time() < deadline:
            answer = self._connection.fetch(self._positions, wait_ms=100, partition_bytes=4 << 20)
            now_ms = time.time() * 1000
            for place, (code, _, _, data) in answer.items():
                if code != 0:
                    raise RuntimeError(f"{place}: error {code}")
                self._positions[place] = self._take(data, now_ms, self._positions[place])

    def _take(self, data, now_ms, position):
        at = 0
        while at + BATCH_HEADER.size <= len(data):
            base, length, *_ = head = BATCH_HEADER.unpack_from(data, at)
            end = at + 12 + length
            if end > len(data):
                break
            attributes, last_delta, count = head[5], head[6], head[12]
            next_offset = base + last_delta + 1
            if next_offset > position:
                position = next_offset
                if not attributes & 0x20:  # No marker of a transaction's end.
                    self.found.append((now_ms - self._produced_ms(data, at + BATCH_HEADER.size), count))
            at = end
        return position

    @staticmethod
    def _produced_ms(data, at):
        reader = Reader(data, at)
        reader.varint()
        reader.position += 1
        reader.varint()
        reader.varint()
        for size in (reader.varint(), None):
            if size is None:
                value = json.loads(bytes(reader.bytes_of(reader.varint())))
            elif size > 0:
                reader.position += size
        return parse_ms(value["produced"])

    def percentile(self, share):
        ordered = sorted(self.found)
        rank, seen = math.ceil(share * sum(count for _, count in ordered)), 0
        for milliseconds, count in ordered:
            seen += count
            if seen >= rank:
                return milliseconds
        return 0

    @property
    def records(self):
        return sum(count for _, count in self.found)


def parse_ms(text):
    """Milliseconds since 1970 of '2026-11-25 09:00:00.123', UTC."""
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return (moment - EPOCH) / datetime.timedelta(milliseconds=1)


class Bench:
    def __init__(self, options):
        self.options = options
        self.topics = Topics(options.bootstrap)
        self.folder = ROOT / "build/exactly-once"

    def fill(self):
        have = self.topics.records(INPUT)
        if have >= self.options.records:
            return
        if have:
            raise SystemExit(f"topic {INPUT} holds {have} records, not {self.options.records}: delete it")
        print(f"loading {self.options.records} records into {INPUT}", file=sys.stderr, flush=True)
        self.topics.create(INPUT)
        self._generator(rate=10_000_000, rows=self.options.records, topic=INPUT, check=True)

    def _generator(self, rate, rows, topic, check):
        arguments = [self.options.binary, "run", str(HERE / "generate.sql"), "--quiet", "--var", f"rate={rate}", "--var", f"rows={rows}",
                     "--var", f"input={topic}", "--var", f"bootstrap={self.options.bootstrap}"]
        if check:
            return subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
        self.folder.mkdir(parents=True, exist_ok=True)
        process = Process("generator", arguments, self.folder)
        process.start()
        return process

    def _cluster(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        return Cluster(self.options.binary, self.folder, workers=1, slots=2)

    def _submit(self, cluster, case, **variables):
        guarantee, interval = case
        result = cluster.cli("job", "submit", str(HERE / "tables.sql"), "--set", f"execution.checkpointing.interval={interval}",
                             "--set", "parallelism.default=2", "--var", f"guarantee={guarantee}", "--var",
                             f"bootstrap={self.options.bootstrap}",
                             *(part for name, value in variables.items() for part in ("--var", f"{name}={value}")))
        job = result.stdout.strip()
        cluster.wait_for_state(job, "RUNNING")
        return job

    def drain(self, case):
        """The whole topic as fast as it goes."""
        output = f"passed-{time.time_ns()}"
        self.topics.create(output)
        with self._cluster() as cluster:
            worker = cluster.workers[0]
            cpu, broker = worker.cpu_seconds(), cpu_seconds_of(self.options.broker_pid)
            begun = time.monotonic()
            job = self._submit(cluster, case, input=INPUT, output=output, **{"from": "earliest-offset", "until": "latest-offset"})
            cluster.wait_for_state(job, "FINISHED", timeout=600)
            wall = time.monotonic() - begun
            cpu, broker = worker.cpu_seconds() - cpu, cpu_seconds_of(self.options.broker_pid) - broker
        written = sum(self.topics._connection.end_offsets(output, PARTITIONS))
        self.topics.delete(output, self.options.bootstrap)
        million = self.options.records / 1e6
        return {"run": "drain", "guarantee": case[0], "interval": case[1], "records": self.options.records, "offsets_written": written,
                "wall_s": round(wall, 2), "records_per_s": round(self.options.records / wall),
                "cpu_s_per_million": round(cpu / million, 3), "broker_cpu_s_per_million": round(broker / million, 3)}

    def latency(self, case, rate):
        stamp = time.time_ns()
        source, output = f"live-{stamp}", f"live-passed-{stamp}"
        for topic in (source, output):
            self.topics.create(topic)
        seconds = self.options.seconds
        with self._cluster() as cluster:
            self._submit(cluster, case, input=source, output=output, **{"from": "earliest-offset", "until": "unbounded"})
            generator = self._generator(rate=rate, rows=int(rate * (seconds + 30)), topic=source, check=False)
            try:
                time.sleep(self.options.settle)
                worker = cluster.workers[0]
                cpu, before = worker.cpu_seconds(), self.topics.records(output)
                latencies = Latencies(self.options.bootstrap, output)
                begun = time.time()
                latencies.read_until(begun + seconds)
                took = time.time() - begun
                cpu = worker.cpu_seconds() - cpu
                rows = self.topics.records(output) - before
            finally:
                generator.stop()
        for topic in (source, output):
            self.topics.delete(topic, self.options.bootstrap)
        return {"run": "latency", "guarantee": case[0], "interval": case[1], "rate": rate, "seen_per_s": round(rows / took),
                "records": latencies.records, "cpu_s_per_million": round(cpu / max(rows, 1) * 1e6, 3),
                "latency_p50_ms": round(latencies.percentile(0.5)), "latency_p99_ms": round(latencies.percentile(0.99)),
                "latency_max_ms": round(latencies.percentile(1))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build/millrace"))
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--broker-pid-file", default=str(ROOT / "build/kafka/broker.pid"))
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=3, help="of each case, by turns; medians count")
    parser.add_argument("--seconds", type=int, default=30, help="of latencies")
    parser.add_argument("--settle", type=int, default=8, help="seconds before them")
    parser.add_argument("--rate", type=int, help="records a second, default: half of the slowest drain")
    parser.add_argument("--guarantees", nargs="+", default=["at-least-once", "exactly-once"])
    parser.add_argument("--intervals", nargs="+", default=["1 s", "5 s"])
    options = parser.parse_args()
    options.broker_pid = int(pathlib.Path(options.broker_pid_file).read_text())
    bench = Bench(options)
    bench.fill()
    cases = [(guarantee, interval) for interval in options.intervals for guarantee in options.guarantees]
    drains = {case: [] for case in cases}
    for _ in range(options.runs):
        for case in cases:
            drains[case].append(bench.drain(case))
            print(json.dumps(drains[case][-1]), flush=True)
    median = lambda case, name: statistics.median(run[name] for run in drains[case])  # noqa: E731
    rate = options.rate or int(min(median(case, "records_per_s") for case in cases) / 2)
    lines = []
    for case in cases:
        found = bench.latency(case, rate)
        print(json.dumps(found), flush=True)
        lines.append(f"exactly-once: guarantee={case[0]} interval={case[1].replace(' ', '')} records_per_s={median(case, 'records_per_s'):.0f} "
                     f"cpu_s_per_million={median(case, 'cpu_s_per_million'):.3f} "
                     f"broker_cpu_s_per_million={median(case, 'broker_cpu_s_per_million'):.3f} rate={rate} "
                     f"cpu_s_per_million_at_rate={found['cpu_s_per_million']:.3f} "
                     f"latency_p50_ms={found['latency_p50_ms']} latency_p99_ms={found['latency_p99_ms']}")
    print("\n".join(lines), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
