#!/usr/bin/env python3
"""Nexmark from Kafka JSON: CPU-seconds per million events, events per second, memory, rows and checksum of each query.

The topic is loaded once (its events are a pure function of seed and count). Each run is a fresh coordinator and a fresh worker;
the figure is the worker's CPU time, from /proc, between submission and the end of the job. A line of JSON per run.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Cluster  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def topic_records(bootstrap, topic):
    """Records in the topic, or None if it is not there."""
    result = subprocess.run(["kcat", "-Q", "-b", bootstrap, *sum((["-t", f"{topic}:{p}:-1"] for p in range(4)), [])],
                            capture_output=True, text=True)
    offsets = re.findall(r"offset (\d+)", result.stdout)
    return sum(map(int, offsets)) if len(offsets) == 4 else None


def load(options):
    have = topic_records(options.bootstrap, options.topic)
    if have == options.events:
        return
    if have:
        raise SystemExit(f"topic {options.topic} holds {have} records, not {options.events}: delete it or name another with --topic")
    print(f"loading {options.events} events into {options.topic}", file=sys.stderr, flush=True)
    subprocess.run([str(ROOT / "deploy/kafka/kafka"), "create", options.topic, "4"], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, MILLRACE_KAFKA=options.bootstrap))
    subprocess.run([options.binary, "datagen", "nexmark", "--events", str(options.events), "--seed", "42", "--rate", "10000",
                    "--kafka", options.bootstrap, "--topic", options.topic], check=True)


def vm_hwm_mib(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def measure(options, query):
    folder = ROOT / "build/bench"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    script = folder / f"{query}.sql"
    script.write_text((HERE / "tables.sql").read_text() + (HERE / f"{query}.sql").read_text())
    with Cluster(options.binary, folder, workers=1, slots=options.parallelism) as cluster:
        worker = cluster.workers[0]
        cpu_before = worker.cpu_seconds()
        job = cluster.cli("job", "submit", str(script), "--var", f"bootstrap={options.bootstrap}", "--var", f"topic={options.topic}",
                          "--set", f"parallelism.default={options.parallelism}").stdout.strip()
        cluster.wait_for_state(job, "RUNNING")
        began = time.monotonic()
        cluster.wait_for_state(job, "FINISHED", timeout=600)
        wall, cpu = time.monotonic() - began, worker.cpu_seconds() - cpu_before
        memory = vm_hwm_mib(worker.process.pid)
        time.sleep(0.2)
        log = worker.log.read_text()
    found = [(int(r), int(c, 16)) for r, c in re.findall(r"rows=(\d+)\D+checksum=([0-9a-f]+)", log)]
    rows = sum(r for r, _ in found)
    checksum = sum(c for _, c in found) % (1 << 64)
    return {"query": query, "events": options.events, "parallelism": options.parallelism, "wall_s": round(wall, 2),
            "events_per_s": round(options.events / wall), "cpu_s": round(cpu, 2),
            "cpu_s_per_million": round(cpu / options.events * 1e6, 3), "rss_mib": memory, "rows": rows,
            "checksum": f"{checksum:016x}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queries", nargs="*", default=["q0", "tumble"])
    parser.add_argument("--binary", default=str(ROOT / "build/millrace"))
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--topic", default="nexmark")
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    load(options)
    for query in options.queries:
        for _ in range(options.runs):
            print(json.dumps(measure(options, query)), flush=True)


if __name__ == "__main__":
    main()
