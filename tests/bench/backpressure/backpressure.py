#!/usr/bin/env python3
"""Backpressure: a sink throttled to 1,000 rows/s behind a hash edge between two workers with a small memory budget.

Shows that the source stops polling, that memory stays in the budget, that credits and stalls are in /metrics, and that once the
throttle is lifted nothing is missing: the rows and checksum are those of an unthrottled run. Ends with one line and exit status 0
only if all of that holds.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Cluster  # noqa: E402

QUERY = """
CREATE TABLE result (auction BIGINT, bidder BIGINT, price BIGINT, window_start TIMESTAMP(3), bids BIGINT)
WITH ('connector' = 'blackhole', 'checksum' = 'true'{throttle});
INSERT INTO result
SELECT auction, bidder, price, window_start, COUNT(*)
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '1' SECOND))
GROUP BY auction, bidder, price, window_start, window_end;
"""


def load(options):
    subprocess.run([str(ROOT / "deploy/kafka/kafka"), "create", options.topic, "4"], check=False, stdout=subprocess.DEVNULL)
    subprocess.run([options.binary, "datagen", "nexmark", "--events", str(options.events), "--seed", "42",
                    "--kafka", options.bootstrap, "--topic", options.topic], check=True)


def total(samples, name, *parts):
    return sum(v for k, v in samples.items() if k.startswith(name + "{") and all(p in k for p in parts))


class Run:
    def __init__(self, options, name, throttle):
        self.options = options
        self.folder = ROOT / "build/backpressure" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        script = self.folder / "job.sql"
        script.write_text((HERE / "tables.sql").read_text() + QUERY.format(throttle=throttle))
        self.cluster = Cluster(options.binary, self.folder, workers=2, slots=1, memory=f"{options.memory_mib}MiB")
        self.cluster.start()
        self.job = self.cluster.cli("job", "submit", str(script), "--var", f"bootstrap={options.bootstrap}",
                                    "--var", f"topic={options.topic}", "--set", "parallelism.default=2").stdout.strip()
        self.cluster.wait_for_state(self.job, "RUNNING")

    def rss_mib(self):
        return max(w.rss_bytes() for w in self.cluster.workers) // (1 << 20)

    def samples(self):
        merged = {}
        for worker in self.cluster.workers:
            for name, value in self.cluster.metrics(worker.http).items():
                merged[(worker.name, name)] = value
        return {f"{name}": value for (_, name), value in merged.items()}

    def read(self):
        """Records that the source tasks have handed on."""
        return max(int(stage["records_in"]) for stage in self.cluster.job(self.job)["stages"])

    def finish(self):
        self.cluster.wait_for_state(self.job, "FINISHED", timeout=900)
        time.sleep(0.5)
        self.cluster.stop()
        found = [(int(r), int(c, 16)) for w in self.cluster.workers
                 for r, c in re.findall(r"rows=(\d+)\D+checksum=([0-9a-f]+)", w.log.read_text())]
        return sum(r for r, _ in found), sum(c for _, c in found) % (1 << 64)


def watch(run, seconds):
    """Samples the throttled run while it is throttled."""
    began, peak, positions = time.monotonic(), 0, []
    while time.monotonic() - began < seconds:
        time.sleep(5)
        peak = max(peak, run.rss_mib())
        positions.append(run.read())
    samples = run.samples()
    return {
        "rss_mib": peak,
        # The second half of the time, when all queues are full.
        "read_in_second_half": positions[-1] - positions[len(positions) // 2],
        "backpressured_tasks": total(samples, "millrace_task_backpressured"),
        "credit_min_bytes": min((v for k, v in samples.items() if k.startswith("millrace_exchange_credit_bytes{")
                                 and 'bound="min"' in k), default=None),
        "stall_seconds_max": max((v for k, v in samples.items() if k.startswith("millrace_exchange_stall_seconds_total{")),
                                 default=0),
        "lag_records": total(samples, "millrace_source_lag_records"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build/millrace"))
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--topic", default="backpressure")
    parser.add_argument("--events", type=int, default=3_000_000)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--memory-mib", type=int, default=512)
    options = parser.parse_args()
    load(options)
    reference = Run(options, "reference", "").finish()
    print(json.dumps({"reference_rows": reference[0], "checksum": f"{reference[1]:016x}"}), flush=True)
    throttle = f", 'sink.rate-limit.rows-per-second' = '500', 'sink.rate-limit.duration' = '{options.seconds} s'"
    run = Run(options, "throttled", throttle)  # Two sink tasks of 500 rows/s.
    seen = watch(run, options.seconds - 10)
    print(json.dumps(seen), flush=True)
    result = run.finish()
    rss_bound = options.memory_mib * 1.1
    held = (seen["rss_mib"] <= rss_bound and seen["backpressured_tasks"] > 0 and seen["stall_seconds_max"] > 1
            and seen["read_in_second_half"] < options.events // 10 and result == reference)
    print(f"backpressure: rows={result[0]} expected={reference[0]} same={int(result == reference)} rss_mib={seen['rss_mib']} "
          f"budget_mib={options.memory_mib} stall_seconds={seen['stall_seconds_max']:.0f} held={int(held)}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
